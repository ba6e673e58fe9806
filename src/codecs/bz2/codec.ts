/**
 * bz2: each piece becomes one whole bzip2 stream, and the object is their concatenation, which every bzip2 reader
 * accepts, including the reference system's. So pieces are independent of each other. An object without pieces is the
 * stream of no bytes.
 */
import type { Codec } from "../codec.js";
import { levelOf } from "../levels.js";
import { bz2Decoder, type Decompressors } from "./decoder.js";
import { Bz2Encoder } from "./encoder.js";
import { type Bz2Sizes, bz2Memory } from "./memory.js";

/** Compresses and decompresses on the calling thread, like `Bzip2Kernels`. */
export interface Bzip2 extends Decompressors, Bz2Sizes {
  /** Compresses `piece` to one whole stream; reads it until the promise settles. */
  compress(piece: Uint8Array, level: number): Promise<Uint8Array>;
}

/** Options of the bz2 codec. */
export interface Bz2Options {
  /** 1 to 9: maximum block size in units of 100 000 bytes. @default {9} */
  readonly level?: number | undefined;
}

/** bz2 on the calling thread, using `bzip2`. @throws UsageError for a level out of range */
export function bz2Codec(bzip2: Bzip2, options: Bz2Options = {}): Codec {
  const level = levelOf("bz2", options.level);
  const encoder = new Bz2Encoder((piece) => bzip2.compress(piece, level));
  return {
    id: "bz2",
    memory: bz2Memory(bzip2),
    encoder: () => encoder,
    decoder: () => bz2Decoder(bzip2),
  };
}
