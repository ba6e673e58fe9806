/** The codec `bz2`, over kernels that the caller brings (`Bzip2Kernels` of `ashlar/kernels`, or an implementation of its own). */
export { type Bz2Options, type Bzip2, bz2Codec } from "./codec.js";
export type { Bzip2Decoding } from "./decoder.js";
