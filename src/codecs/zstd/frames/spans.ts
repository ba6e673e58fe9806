/**
 * Splits zstd data that comes in pieces of any size into the longest possible runs of bytes of one frame, for decoders
 * that do not need single blocks.
 */
import { FrameScanner } from "./frames.js";

/** Consecutive bytes of one frame: first a copy of its header alone, then views of the pieces. */
export interface FrameSpan {
  readonly bytes: Uint8Array;
  readonly isStart: boolean;
  /** Whether the frame ends with this span. */
  readonly isEnd: boolean;
}

export class FrameSpans {
  readonly #scanner = new FrameScanner();
  #isInFrame = false;

  /**
   * Yields the spans of the next piece, up to the first invalid byte.
   * @throws Error at the first invalid byte, after the spans before it
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
