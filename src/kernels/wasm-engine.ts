import type { DigestEngine } from "./engine.js";
import type { Kernels } from "./kernels.js";

/** A digest engine over `kernels`. */
export function wasmEngine(kernels: Kernels): DigestEngine {
  return {
    name: `wasm-${kernels.flavour}`,
    digestInto: (window, blockSize, digests) => kernels.digestInto(window, blockSize, digests),
  };
}
