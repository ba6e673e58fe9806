/** A decoder over a generator of plain pieces, which it copies into the caller's windows. */
import type { Decoder } from "./codec.js";
import { EncodedInput } from "./encoded-input.js";

/**
 * Decodes the bytes of one object. A yielded piece must stay unchanged until the next one is requested, which happens
 * only when a window has room for it. The bytes returned by `input.next` are valid until its next call.
 */
export type DecodePieces = (input: Pick<EncodedInput, "next">) => AsyncGenerator<Uint8Array, void, void>;

const NOTHING = new Uint8Array(0);

export class PulledDecoder implements Decoder {
  readonly #input = new EncodedInput();
  readonly #plain: AsyncGenerator<Uint8Array, void, void>;
  /** The part of the latest piece that did not fit into a window. */
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
    // Frees the generator's resources at its next `yield`, or at once if it has not begun.
    this.#plain.return().catch(() => {});
  }

  /** Fetches the next piece; returns whether there is one. */
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
