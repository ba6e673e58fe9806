import { bz2Codec } from "../codecs/bz2.js";
import type { CodecLevels } from "../codecs/levels.js";
import { zlibCodec } from "../codecs/zlib.js";
import { zstdCodec } from "../codecs/zstd.js";
import { Bzip2Kernels } from "../kernels/bzip2.js";
import { loadHashes } from "../kernels/hashes.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import { inlineCompute } from "./compute.js";
import type { Runtime } from "./runtime.js";

/** What every runtime with WebAssembly and the compression streams can do. Those streams have one level of zlib. */
export async function portableRuntime(levels: Omit<CodecLevels, "zlib"> = {}): Promise<Runtime> {
  const hashes = await loadHashes();
  const codecs = [
    zlibCodec,
    bz2Codec(new Bzip2Kernels(), { level: levels.bz2 }),
    zstdCodec({ level: levels.zstd }),
  ];
  return {
    hashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    compute: ({ arenaSize }) => inlineCompute(arenaSize, async (kernels) => wasmEngine(kernels), hashes),
  };
}
