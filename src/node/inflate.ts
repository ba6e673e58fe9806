/**
 * zlib streams (RFC 1950) decoded on the calling thread, straight into the caller's windows.
 *
 * Node's streams have no way to say where plain bytes go: each step is a buffer of its own, made, filled on a thread of
 * libuv's, joined and copied. What lies under them (`_handle.writeSync`) takes the place to write to, and decodes 1.7 times
 * as much in a second as `inflateSync` (docs/decisions/0048). It is not documented, so a Node that lacks it is noticed
 * and left to its streams.
 */
import { constants, createInflate, type Inflate } from "node:zlib";
import type { WindowDecoder } from "../codecs/window-decoder.js";

/** What is under Node's stream, of which only this is used. */
interface InflateHandle {
  /** Sets the stream's `_writeState` to what is left of output and of input, bytes. */
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
}

interface InflateStream extends Inflate {
  readonly _handle?: Partial<InflateHandle> | null;
  readonly _writeState?: unknown;
}

/** A stream's own buffer, which is not used here, as small as it can be. */
const UNUSED_STEP = constants.Z_MIN_CHUNK;

/** A decoder of one object, or nothing where Node has no such handle. */
export function inflateWindows(): WindowDecoder | undefined {
  const stream = createInflate({ chunkSize: UNUSED_STEP }) as InflateStream;
  const { _handle: handle, _writeState: left } = stream;
  if (typeof handle?.writeSync === "function" && "onerror" in handle && left instanceof Uint32Array) {
    return new InflateWindows(stream, handle as InflateHandle, left);
  }
  stream.close();
  return undefined;
}

/** Encoded bytes that are being worked off, and how whoever wrote them is told. */
interface Input {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  at: number;
  readonly taken: () => void;
  readonly refused: (reason: Error) => void;
}

class InflateWindows implements WindowDecoder {
  readonly #stream: Inflate;
  readonly #handle: InflateHandle;
  /** Bytes of output and of input that the last step left. */
  readonly #left: Uint32Array;
  #input: Input | undefined;
  #hasEnded = false;
  #failure: Error | undefined;
  /** Wakes a fill that waits for input. */
  #wake: () => void = () => {};

  constructor(stream: Inflate, handle: InflateHandle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message) => this.#fail(new Error(message));
  }

  async write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((taken, refused) => {
      this.#input = { bytes, isLast, at: 0, taken, refused };
      this.#wake();
    });
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length && !this.#hasEnded) {
      if (this.#failure !== undefined) throw this.#failure;
      const input = this.#input;
      if (input === undefined) await this.#nextInput();
      else length += this.#step(input, window, length);
    }
    return length;
  }

  close(): void {
    this.#fail(new Error("the decoder was closed"));
    this.#stream.close();
  }

  /** Decodes until the window is full or the input is used up; returns how many plain bytes came. */
  #step(input: Input, window: Uint8Array, windowAt: number): number {
    const { bytes, at, isLast } = input;
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    const room = window.length - windowAt;
    this.#handle.writeSync(flush, bytes, at, bytes.length - at, window, windowAt, room);
    if (this.#failure !== undefined) throw this.#failure;
    const [roomLeft, inputLeft] = [this.#left[0]!, this.#left[1]!];
    input.at = bytes.length - inputLeft;
    // With room and input left zlib would have gone on, had its stream not ended; with `Z_FINISH` it fails if it has not.
    if (roomLeft > 0 && inputLeft > 0) throw this.#fail(new Error("bytes follow the end of the zlib stream"));
    this.#hasEnded = roomLeft > 0 && isLast;
    if (inputLeft === 0 && (!isLast || this.#hasEnded)) {
      this.#input = undefined;
      input.taken();
    }
    return room - roomLeft;
  }

  async #nextInput(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = () => {};
  }

  /** The first failure stays; whoever waits is told. */
  #fail(error: Error): Error {
    this.#failure ??= error;
    this.#input?.refused(this.#failure);
    this.#input = undefined;
    this.#wake();
    return this.#failure;
  }
}
