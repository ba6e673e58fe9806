/** The codec `bz2`, over kernels that the caller supplies: `Bzip2Kernels` of `ashlar/kernels`, or its own. */
export { type Bz2Options, type Bzip2, bz2Codec } from "./codec.js";
export type { Bzip2Decoding } from "./decoder.js";
