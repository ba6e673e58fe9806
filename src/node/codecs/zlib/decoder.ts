/** Decoding of zlib streams (RFC 1950) on the calling thread, directly into the caller's windows. */
import { constants, createInflate } from "node:zlib";
import type { Decoder } from "../../../codecs/codec.js";
import type { EncodedPiece } from "../../../codecs/encoded-input.js";
import { zlibCodec } from "../../../codecs/zlib/codec.js";
import { HandleDecoder, type HandleStep, type HandleSteps } from "../handle-decoder.js";
import { ZlibHandle } from "../zlib-handle.js";

/** The smallest possible size of the stream's own buffer, which is not used. */
const UNUSED_STEP = constants.Z_MIN_CHUNK;

/** Whether this Node's streams have a usable handle. */
export function hasInflateHandle(): boolean {
  const handle = openHandle();
  handle?.close();
  return handle !== undefined;
}

/** A decoder for one object; uses the platform's stream if Node's have no usable handle. */
export function inflateDecoder(): Decoder {
  const handle = openHandle();
  return handle === undefined ? zlibCodec().decoder() : new HandleDecoder(new InflateSteps(handle));
}

function openHandle(): ZlibHandle | undefined {
  return ZlibHandle.under(createInflate({ chunkSize: UNUSED_STEP }));
}

class InflateSteps implements HandleSteps {
  readonly #handle: ZlibHandle;
  /** Position in the input of the first byte that is not decoded yet. */
  #at = 0;

  constructor(handle: ZlibHandle) {
    this.#handle = handle;
  }

  step({ bytes, isLast }: EncodedPiece, window: Uint8Array, windowAt: number): HandleStep {
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    this.#handle.step(flush, bytes, this.#at, window, windowAt);
    const { roomLeft, inputLeft } = this.#handle;
    // zlib stops with room and input left only at the end of its stream; with `Z_FINISH` a missing end is an error.
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
