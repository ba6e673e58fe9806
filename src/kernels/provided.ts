/**
 * Modules that the host compiled, for those that may not compile bytes: edge workers take WebAssembly from the files of
 * their deployment only. `ashlar/kernels/NAME.wasm` are the files.
 */

/** By file name. With `simd` there is no need of `scalar`; `bzip2` is for that codec. */
export interface KernelModules {
  readonly simd?: WebAssembly.Module;
  readonly scalar?: WebAssembly.Module;
  readonly bzip2?: WebAssembly.Module;
  /** MD5, SHA-256 and XXH64, which elsewhere are a package that compiles them. */
  readonly hashes?: WebAssembly.Module;
}

let provided: KernelModules = {};

/** Takes these in place of what Ashlar would compile, from now on and for the whole process; others stay as they are. */
export function provideKernels(modules: KernelModules): void {
  provided = { ...provided, ...modules };
}

export function providedModule(name: keyof KernelModules): WebAssembly.Module | undefined {
  return provided[name];
}
