import { KIB } from "../../units.js";
import { type CodecMemory, codecMemory } from "../memory.js";

/** Three times the bound in bzip2's manual for data that does not shrink: a hundredth and 600 bytes. */
function encodedMax(length: number): number {
  return length + (length >> 5) + 2 * KIB;
}

/** Plain bytes of the few decoded pieces that may be in transit. */
const PLAIN_SIZE: number = 4 * 64 * KIB;

/** Bytes of all compressors together, and of one decompressor. */
export interface Bz2Sizes {
  readonly compressorSize: number;
  readonly decodingSize: number;
}

export function bz2Memory({ compressorSize, decodingSize }: Bz2Sizes): CodecMemory {
  return codecMemory({
    encodedMax,
    // The copy of the piece for a thread, and the blocks before they are joined.
    encodeWork: (length) => length + encodedMax(length),
    shared: compressorSize,
    encoder: 0,
    decoder: (inputMax) => decodingSize + 2 * inputMax + PLAIN_SIZE,
  });
}
