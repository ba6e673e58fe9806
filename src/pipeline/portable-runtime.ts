import { type Codec, type CodecId, once } from "../codecs/codec.js";
import { zlibCodec } from "../codecs/zlib.js";
import { loadHashes } from "../kernels/hashes.js";
import type { Kernels } from "../kernels/kernels.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import type { Runtime } from "./runtime.js";

/** What every runtime with WebAssembly and the compression streams can do. */
export async function portableRuntime(): Promise<Runtime> {
  return {
    hashes: await loadHashes(),
    codecs: new Map<CodecId, () => Promise<Codec>>([
      ["zlib", async () => zlibCodec],
      ["zstd", once(async () => (await import("../codecs/zstd.js")).zstdCodec())],
    ]),
    engine: async (kernels: Kernels) => wasmEngine(kernels),
  };
}
