/** A decoder from a generator of plain pieces, each of which is copied into the caller's windows. */
import type { Decoder } from "./codec.js";
import { EncodedInput } from "./encoded-input.js";

/**
 * Decodes the bytes of one object. A piece that is yielded stays as it is until the next one is asked for, which happens
 * only when a window has room for it. `input.next` ends the use of the bytes before.
 */
export type DecodePieces = (input: Pick<EncodedInput, "next">) => AsyncGenerator<Uint8Array, void, void>;

const NOTHING = new Uint8Array(0);

export class PulledDecoder implements Decoder {
  readonly #input = new EncodedInput();
  readonly #plain: AsyncGenerator<Uint8Array, void, void>;
  /** What has come out and did not fit. */
  #rest: Uint8Array = NOTHING;

  constructor(decode: DecodePieces) {
    this.#plain = decode(this.#input);
  }

  write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    return this.#input.offer(encoded, isLast);
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length) {
      if (this.#rest.length === 0 && !(await this.#pull())) break;
      const piece = this.#rest.subarray(0, window.length - length);
      window.set(piece, length);
      length += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return length;
  }

  close(): void {
    this.#rest = NOTHING;
    this.#input.fail(new Error("the decoder was closed"));
    // Frees what the generator holds, at its next `yield`, or at once if it has not begun.
    this.#plain.return().catch(() => {});
  }

  /** Whether there is another piece. */
  async #pull(): Promise<boolean> {
    this.#input.throwIfFailed();
    try {
      const { done, value } = await this.#plain.next();
      this.#input.throwIfFailed();
      if (done) this.#input.end();
      else this.#rest = value;
      return !done;
    } catch (error) {
      this.#input.fail(error);
      throw error;
    }
  }
}
