/** zlib streams (RFC 1950) decoded on the calling thread, straight into the caller's windows. */
import { constants, createInflate } from "node:zlib";
import type { WindowDecoder } from "../codecs/window-decoder.js";
import { ZlibHandle } from "./zlib-handle.js";

/** The stream's own buffer, which is not used here, as small as it can be. */
const UNUSED_STEP = constants.Z_MIN_CHUNK;

/** A decoder of one object, or nothing where Node's streams have no handle to use. */
export function inflateWindows(): WindowDecoder | undefined {
  const handle = ZlibHandle.under(createInflate({ chunkSize: UNUSED_STEP }));
  return handle === undefined ? undefined : new InflateWindows(handle);
}

/** Encoded bytes that are being worked off, and how whoever wrote them is told. */
interface Input {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  at: number;
  readonly taken: () => void;
  readonly refused: (reason: unknown) => void;
}

class InflateWindows implements WindowDecoder {
  readonly #handle: ZlibHandle;
  #input: Input | undefined;
  #hasEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  /** Wakes a fill that waits for input. */
  #wake: () => void = () => {};

  constructor(handle: ZlibHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    await new Promise<void>((taken, refused) => {
      this.#input = { bytes, isLast, at: 0, taken, refused };
      this.#wake();
    });
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length && !this.#hasEnded) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const input = this.#input;
      if (input === undefined) await this.#nextInput();
      else length = this.#stepOrFail(input, window, length);
    }
    return length;
  }

  close(): void {
    this.#fail(new Error("the decoder was closed"));
    this.#handle.close();
  }

  #stepOrFail(input: Input, window: Uint8Array, at: number): number {
    try {
      return this.#step(input, window, at);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Decodes until the window is full or the input is used up; returns where in the window the plain bytes end. */
  #step(input: Input, window: Uint8Array, at: number): number {
    const { bytes, isLast } = input;
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    this.#handle.step(flush, bytes, input.at, window, at);
    const { roomLeft, inputLeft } = this.#handle;
    input.at = bytes.length - inputLeft;
    // With room and input left zlib would have gone on, had its stream not ended; with `Z_FINISH` it fails if it has not.
    if (roomLeft > 0 && inputLeft > 0) throw new Error("bytes follow the end of the zlib stream");
    this.#hasEnded = roomLeft > 0 && isLast;
    if (inputLeft === 0 && (!isLast || this.#hasEnded)) {
      this.#input = undefined;
      input.taken();
    }
    return window.length - roomLeft;
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
