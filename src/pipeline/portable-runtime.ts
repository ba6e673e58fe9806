import { zlibCodec } from "../codecs/zlib.js";
import { loadHashes } from "../kernels/hashes.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import { inlineCompute } from "./compute.js";
import type { Runtime } from "./runtime.js";

/** What every runtime with WebAssembly and the compression streams can do. */
export async function portableRuntime(): Promise<Runtime> {
  const hashes = await loadHashes();
  return {
    hashes,
    codecs: new Map([[zlibCodec.id, zlibCodec]]),
    compute: ({ arenaSize }) => inlineCompute(arenaSize, async (kernels) => wasmEngine(kernels), hashes),
  };
}
