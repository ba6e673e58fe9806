/** The codec `zlib`, over a kernel that the caller supplies, or the platform's streams. */
export { type ZlibOptions, zlibCodec } from "./codec.js";
export type { Deflating } from "./piece-encoder.js";
