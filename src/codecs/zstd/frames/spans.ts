/**
 * The frames in zstd data that comes in pieces of any size, as runs of bytes that are as long as can be: for a decoder
 * that needs no block for itself.
 */
import { FrameScanner } from "./frames.js";

/** Consecutive bytes of one frame: its header alone first, which is owned, then views of the pieces. */
export interface FrameSpan {
  readonly bytes: Uint8Array;
  readonly isStart: boolean;
  /** Whether the frame ends with it. */
  readonly isEnd: boolean;
}

export class FrameSpans {
  readonly #scanner = new FrameScanner();
  #isInFrame = false;

  /**
   * Spans of the next piece. What comes before a byte that cannot be right is given before that is told.
   * @throws Error at the first byte that cannot be right
   */
  *of(piece: Uint8Array): Generator<FrameSpan, void, void> {
    let from = 0;
    let good = 0;
    const spanTo = (to: number, isEnd: boolean): FrameSpan => ({
      bytes: piece.subarray(from, to),
      isStart: false,
      isEnd,
    });
    let failure: { readonly reason: unknown } | undefined;
    try {
      for (const part of this.#scanner.scan(piece)) {
        good = this.#scanner.position;
        if (part.kind === "block") continue;
        this.#isInFrame = part.kind === "header";
        if (part.kind === "header") yield { bytes: part.bytes, isStart: true, isEnd: false };
        else yield spanTo(good, true);
        from = good;
      }
    } catch (reason) {
      failure = { reason };
    }
    const to = failure === undefined ? piece.length : good;
    if (this.#isInFrame && from < to) yield spanTo(to, false);
    if (failure !== undefined) throw failure.reason;
  }

  /** @throws Error when the data ended inside a frame, or had none */
  finish(): void {
    this.#scanner.finish();
  }
}
