/** zlib streams (RFC 1950) decoded on the calling thread, straight into the caller's windows. */
import { constants, createInflate } from "node:zlib";
import type { WindowDecoder } from "../../codecs/window-decoder.js";
import { type HandleDecoder, type HandleInput, type HandleStep, HandleWindows } from "./handle-windows.js";
import { ZlibHandle } from "./zlib-handle.js";

/** The stream's own buffer, which is not used here, as small as it can be. */
const UNUSED_STEP = constants.Z_MIN_CHUNK;

/** A decoder of one object, or nothing where Node's streams have no handle to use. */
export function inflateWindows(): WindowDecoder | undefined {
  const handle = ZlibHandle.under(createInflate({ chunkSize: UNUSED_STEP }));
  return handle && new HandleWindows(new InflateDecoder(handle));
}

class InflateDecoder implements HandleDecoder {
  readonly #handle: ZlibHandle;
  /** Of the input that is not taken yet. */
  #at = 0;

  constructor(handle: ZlibHandle) {
    this.#handle = handle;
  }

  step({ bytes, isLast }: HandleInput, window: Uint8Array, windowAt: number): HandleStep {
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    this.#handle.step(flush, bytes, this.#at, window, windowAt);
    const { roomLeft, inputLeft } = this.#handle;
    // With room and input left zlib would have gone on, had its stream not ended; with `Z_FINISH` it fails if it has not.
    if (roomLeft > 0 && inputLeft > 0) throw new Error("bytes follow the end of the zlib stream");
    const hasEnded = roomLeft > 0 && isLast;
    const isTaken = inputLeft === 0 && (!isLast || hasEnded);
    this.#at = isTaken ? 0 : bytes.length - inputLeft;
    return { end: window.length - roomLeft, isTaken, hasEnded };
  }

  close(): void {
    this.#handle.close();
  }
}
