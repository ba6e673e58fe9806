import { KIB } from "../../units.js";
import type { CodecMemory } from "../memory.js";

/** A hundredth and 600 bytes is what bzip2's manual allows for data that does not shrink; this is three times that. */
function encodedMax(length: number): number {
  return length + (length >> 5) + 2 * KIB;
}

/** Plain bytes that a decoding gives at once, of which a few pieces may be on their way. */
const PLAIN_SIZE: number = 4 * 64 * KIB;

/** Bytes of everything that compresses together, and of one decoding. */
export interface Bz2Sizes {
  readonly compressorSize: number;
  readonly decodingSize: number;
}

export function bz2Memory({ compressorSize, decodingSize }: Bz2Sizes): CodecMemory {
  return {
    encodedMax,
    // The copy of the piece that goes to a thread, and the blocks before they are joined.
    encodeWork: (length) => length + encodedMax(length),
    shared: compressorSize,
    encoder: 0,
    decoder: (inputMax) => decodingSize + 2 * inputMax + PLAIN_SIZE,
  };
}
