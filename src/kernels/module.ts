/** The compiled kernels: the build that this runtime can run, compiled once per process. */
import { UsageError } from "../errors.js";
import { decodeBase64 } from "./base64.js";
import { SCALAR_BINARY, SIMD_BINARY } from "./binary.gen.js";
import { providedModule } from "./provided.js";

/** `simd` uses 128-bit vectors, eight blocks at a time; `scalar` runs on any WebAssembly runtime. */
export type KernelFlavour = "simd" | "scalar";

/** The exports of `assembly/index.ts`. Pointers and sizes are unsigned 32-bit; results may be signed. */
export interface KernelExports extends WebAssembly.Exports {
  dataEnd(): number;
  scratchSize(): number;
  setScratch(pointer: number): void;
  digestBlocks(window: number, length: number, blockSize: number, digests: number): number;
  digestStart(): void;
  digestUpdate(input: number, length: number): void;
  digestFinish(rest: number, messageLength: number, digest: number): void;
  isZero(at: number, length: number): number;
  changedRuns(current: number, parent: number, count: number, runs: number): number;
  adler32(at: number, length: number, seed: number): number;
}

const binaries: Readonly<Record<KernelFlavour, string>> = { simd: SIMD_BINARY, scalar: SCALAR_BINARY };
const modules = new Map<KernelFlavour, Promise<WebAssembly.Module>>();
let simdSupported: boolean | undefined;

/** Whether this runtime can run the SIMD build. The build itself is validated, which covers all of its instructions. */
export function supportsSimd(): boolean {
  if (providedModule("simd") !== undefined) return true;
  simdSupported ??= WebAssembly.validate(decodeBase64(SIMD_BINARY));
  return simdSupported;
}

/**
 * The flavour to load.
 * @throws UsageError when SIMD is required on a runtime without it
 */
export function chooseFlavour(simd: boolean | "auto"): KernelFlavour {
  if (simd === true && !supportsSimd()) {
    throw new UsageError(
      'Cannot load kernels with simd true: this runtime has no WebAssembly SIMD; "auto" falls back to the scalar build',
    );
  }
  return simd !== false && supportsSimd() ? "simd" : "scalar";
}

/** The compiled module. All instances share it, including code that the runtime has optimised. */
export async function compileKernels(flavour: KernelFlavour): Promise<WebAssembly.Module> {
  const provided = providedModule(flavour);
  if (provided !== undefined) return provided;
  let module = modules.get(flavour);
  if (module === undefined) {
    module = WebAssembly.compile(decodeBase64(binaries[flavour]));
    modules.set(flavour, module);
  }
  return module;
}
