/**
 * Modules compiled by hosts that may not compile bytes: edge workers accept WebAssembly only from the files of their
 * deployment. The files are `ashlar/kernels/NAME.wasm`.
 */

/**
 * Modules by file name. With `simd`, `scalar` is not needed; `bzip2` is for that codec. Without `deflate`, zlib is encoded
 * by the platform's stream, at level 6. Without `zstd`, zstd is encoded by an instance that the host makes.
 */
export interface KernelModules {
  readonly simd?: WebAssembly.Module;
  readonly scalar?: WebAssembly.Module;
  readonly bzip2?: WebAssembly.Module;
  readonly deflate?: WebAssembly.Module;
  readonly zstd?: WebAssembly.Module;
  /** MD5, SHA-256 and XXH64; other hosts use hash-wasm, which compiles them. */
  readonly hashes?: WebAssembly.Module;
}

let provided: KernelModules = {};

/** Replaces kernels that Ashlar would compile, from now on and for the whole process. Other kernels do not change. */
export function provideKernels(modules: KernelModules): void {
  provided = { ...provided, ...modules };
}

export function providedModule(name: keyof KernelModules): WebAssembly.Module | undefined {
  return provided[name];
}
