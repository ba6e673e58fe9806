import { availableParallelism } from "node:os";
import type { CodecLevels } from "../codecs/levels.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import { inlineCompute } from "../pipeline/run/compute.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import { pooledCompute } from "../threads/pooled-compute.js";
import { MIB } from "../units.js";
import { nodeBz2Codec } from "./codecs/bz2.js";
import { nodeZlibCodec } from "./codecs/zlib/codec.js";
import { nodeZstdCodec } from "./codecs/zstd/codec.js";
import { digestEngineFor } from "./digests/choice.js";
import { nodeHashes } from "./digests/hashes.js";
import { pageAlignedMemory } from "./files/page-aligned.js";
import { nodePool } from "./threads/pool.js";

/** A smaller volume is finished before a thread has started, which takes 30 ms. */
const THREADED_WORK_SIZE: number = 48 * MIB;

/** The runtime of Node: native hashes, codecs and digests on threads, and the faster of two digest engines. */
export async function nodeRuntime(
  digestEngine: DigestEngineChoice = "auto",
  levels: CodecLevels = {},
): Promise<Runtime> {
  const pool = nodePool({ digestEngine });
  const codecs = [
    await nodeZlibCodec({ level: levels.zlib, pool }),
    nodeBz2Codec({ pool, level: levels.bz2 }),
    nodeZstdCodec({ level: levels.zstd, pool }),
  ];
  return {
    hashes: nodeHashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    start(workSize) {
      if (isThreaded(workSize)) pool.start();
    },
    async compute(options) {
      if (isThreaded(options.workSize)) {
        return await pooledCompute(pool, { ...options, allocate: pageAlignedMemory });
      }
      const engineFor = async (kernels: Parameters<typeof digestEngineFor>[0]) =>
        digestEngineFor(kernels, digestEngine);
      return await inlineCompute(options.arenaSize, engineFor, nodeHashes);
    },
    close: () => pool.close(),
  };
}

function isThreaded(workSize: number): boolean {
  return workSize >= THREADED_WORK_SIZE && availableParallelism() > 1;
}
