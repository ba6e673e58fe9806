/** Objects decoded on the calling thread, straight into the caller's windows, by what lies under `node:zlib`'s streams. */
import type { WindowDecoder } from "../../codecs/window-decoder.js";

/** Encoded bytes that are being worked off. */
export interface HandleInput {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** What a step came to. */
export interface HandleStep {
  /** Where in the window the plain bytes end. */
  readonly end: number;
  /** Whether nothing of the input is needed any more. */
  readonly isTaken: boolean;
  /** Whether no plain bytes follow. */
  readonly hasEnded: boolean;
}

/** Decodes one object, an input after the other. */
export interface HandleDecoder {
  /** Writes to `window` from `at` on until it is full or the input is used up. @throws Error where it is damaged */
  step(input: HandleInput, window: Uint8Array, at: number): HandleStep;
  /** Frees what the host holds; there are no more steps. */
  close(): void;
}

interface Waiting extends HandleInput {
  readonly taken: () => void;
  readonly refused: (reason: unknown) => void;
}

export class HandleWindows implements WindowDecoder {
  readonly #decoder: HandleDecoder;
  #input: Waiting | undefined;
  #hasEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  /** Wakes a fill that waits for input. */
  #wake: () => void = () => {};

  constructor(decoder: HandleDecoder) {
    this.#decoder = decoder;
  }

  async write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    await new Promise<void>((taken, refused) => {
      this.#input = { bytes, isLast, taken, refused };
      this.#wake();
    });
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length && !this.#hasEnded) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const input = this.#input;
      if (input === undefined) await this.#nextInput();
      else length = this.#step(input, window, length);
    }
    return length;
  }

  close(): void {
    this.#fail(new Error("the decoder was closed"));
    this.#decoder.close();
  }

  #step(input: Waiting, window: Uint8Array, at: number): number {
    try {
      const { end, isTaken, hasEnded } = this.#decoder.step(input, window, at);
      this.#hasEnded = hasEnded;
      if (isTaken) {
        this.#input = undefined;
        input.taken();
      }
      return end;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #nextInput(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = () => {};
  }

  /** The first failure stays; whoever waits is told. */
  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#input?.refused(this.#failure.reason);
    this.#input = undefined;
    this.#wake();
  }
}
