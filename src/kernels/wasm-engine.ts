import type { DigestEngine } from "./engine.js";
import type { Kernels } from "./kernels.js";

/** The digest engine that `kernels` are. */
export function wasmEngine(kernels: Kernels): DigestEngine {
  return {
    name: `wasm-${kernels.flavour}`,
    digestInto: (window, blockSize, digests) => kernels.digestInto(window, blockSize, digests),
  };
}
