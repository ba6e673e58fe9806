/** The codec `bz2`, over kernels that the caller brings (`Bzip2Kernels` of `ashlar/kernels`, or others). */
export { type Bz2Options, type Bzip2, type Bzip2Decoding, bz2Codec } from "./codec.js";
