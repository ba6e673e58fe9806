/** A decoder on the calling thread, directly into the caller's windows, over the handles of `node:zlib`'s streams. */
import type { Decoder } from "../../codecs/codec.js";
import { EncodedInput, type EncodedPiece } from "../../codecs/encoded-input.js";

/** The outcome of one step. */
export interface HandleStep {
  /** End of the plain bytes in the window. */
  readonly end: number;
  /** Whether the input has been used up. */
  readonly isTaken: boolean;
  /** Whether no plain bytes follow. */
  readonly hasEnded: boolean;
}

/** Decodes one object, one input after the other. */
export interface HandleSteps {
  /** Writes to `window` from `at` on until it is full or the input is used up. @throws Error if the input is damaged */
  step(input: EncodedPiece, window: Uint8Array, at: number): HandleStep;
  /** Frees the host's resources after the last step. */
  close(): void;
}

export class HandleDecoder implements Decoder {
  readonly #steps: HandleSteps;
  readonly #input = new EncodedInput();
  #hasEnded = false;

  constructor(steps: HandleSteps) {
    this.#steps = steps;
  }

  write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    return this.#input.offer(bytes, isLast);
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length && !this.#hasEnded) {
      this.#input.throwIfFailed();
      const { piece } = this.#input;
      if (piece === undefined) await this.#input.arrival();
      else length = this.#step(piece, window, length);
    }
    return length;
  }

  close(): void {
    this.#input.fail(new Error("the decoder was closed"));
    this.#steps.close();
  }

  #step(input: EncodedPiece, window: Uint8Array, at: number): number {
    try {
      const { end, isTaken, hasEnded } = this.#steps.step(input, window, at);
      this.#hasEnded = hasEnded;
      if (isTaken) this.#input.take();
      return end;
    } catch (error) {
      this.#input.fail(error);
      throw error;
    }
  }
}
