/** The codec `zstd`: encoded by WebAssembly, decoded in TypeScript. */
export { type ZstdCodecOptions, zstdCodec } from "./codec.js";
export type { ZstdEncoding } from "./wasm/kernel.js";
