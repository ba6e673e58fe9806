/**
 * Decoding into windows of the caller's. It may happen on another thread, which then writes to the windows themselves;
 * on this one it is what comes out of a `Decoder`, copied.
 */
import type { Decoder } from "./codec.js";

/**
 * Decodes one object. Writing and filling go on side by side: a write may wait until plain bytes have been taken, and
 * a fill until encoded ones have come. One call of each at a time.
 */
export interface WindowDecoder {
  /** Takes the next encoded bytes; they may be reused once this resolves. @throws Error when they are damaged */
  write(encoded: Uint8Array, isLast: boolean): Promise<void>;
  /** Writes plain bytes to `window`; returns how many: fewer than its length only at the end. @throws Error as `write` */
  fill(window: Uint8Array): Promise<number>;
  /** Gives up, or comes to an end: calls that wait reject, and nothing is held any more. */
  close(): void;
}

export function windowDecoderOf(decoder: Decoder): WindowDecoder {
  return new StreamedWindows(decoder);
}

class StreamedWindows implements WindowDecoder {
  readonly #decoder: Decoder;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /** What came out and did not fit, from `#at` on. */
  #rest: Uint8Array<ArrayBuffer> | undefined;
  #at = 0;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    this.#writer = decoder.writable.getWriter();
    this.#reader = decoder.readable.getReader() as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
    // Failures show in the calls.
    this.#writer.closed.catch(() => {});
    this.#reader.closed.catch(() => {});
  }

  async write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    await this.#writer.write(encoded);
    if (isLast) await this.#writer.close();
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length) {
      this.#rest ??= await this.#next();
      if (this.#rest === undefined) break;
      const piece = this.#rest.subarray(this.#at, this.#at + window.length - length);
      window.set(piece, length);
      length += piece.length;
      this.#at += piece.length;
      if (this.#at === this.#rest.length) this.#drop(this.#rest);
    }
    return length;
  }

  close(): void {
    const reason = new Error("the decoder was closed");
    this.#reader.cancel(reason).catch(() => {});
    this.#writer.abort(reason).catch(() => {});
  }

  async #next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : value;
  }

  #drop(rest: Uint8Array<ArrayBuffer>): void {
    this.#rest = undefined;
    this.#at = 0;
    this.#decoder.release?.(rest);
  }
}
