/**
 * The kernels alone: block digests, zero scans, digest comparison, bzip2, DEFLATE, zstd and running hashes, on any runtime with
 * WebAssembly. On hosts that may not compile bytes, `provideKernels` takes modules that the host made of the `.wasm`
 * files.
 */
export { Bzip2Kernels } from "./bzip2.js";
export { DeflateKernels, supportsDeflate } from "./deflate-kernels.js";
export type { DigestEngine } from "./engine.js";
export { loadHashes } from "./hashes.js";
export { type KernelHashes, kernelHashes } from "./kernel-hashes.js";
export { type KernelOptions, type Kernels, loadKernels } from "./kernels.js";
export { type KernelModules, provideKernels } from "./provided.js";
export { wasmEngine } from "./wasm-engine.js";
export { supportsZstd, ZstdKernel } from "./zstd-kernel.js";
