import { availableParallelism } from "node:os";
import type { CodecLevels } from "../codecs/levels.js";
import { inlineCompute } from "../pipeline/compute.js";
import type { Runtime } from "../pipeline/runtime.js";
import { MIB } from "../units.js";
import { pooledCompute } from "../workers/pooled-compute.js";
import { pooledBz2Codec } from "./bzip2.js";
import { type DigestEngineChoice, digestEngineFor } from "./digest-choice.js";
import { nodeHashes } from "./hashes.js";
import { pageAlignedMemory } from "./page-aligned.js";
import { WorkerPool } from "./worker-pool.js";
import { nodeZlibCodec } from "./zlib.js";
import { nodeZstdCodec } from "./zstd.js";

/** Below this a volume is done before a thread has started, which takes 30 ms. */
const THREADED_WORK_SIZE: number = 48 * MIB;

/** What Node can do: its own hashes, codecs and digests on its threads, and the faster of two digest engines. */
export async function nodeRuntime(
  digestEngine: DigestEngineChoice = "auto",
  levels: CodecLevels = {},
): Promise<Runtime> {
  const workers = new WorkerPool({ digestEngine });
  const codecs = [
    await nodeZlibCodec({ level: levels.zlib, workers }),
    pooledBz2Codec({ workers, level: levels.bz2 }),
    nodeZstdCodec({ level: levels.zstd, workers }),
  ];
  return {
    hashes: nodeHashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    start(workSize) {
      if (isThreaded(workSize)) workers.start();
    },
    async compute(options) {
      if (isThreaded(options.workSize)) {
        return await pooledCompute(workers, { ...options, allocate: pageAlignedMemory });
      }
      const engineFor = async (kernels: Parameters<typeof digestEngineFor>[0]) =>
        digestEngineFor(kernels, digestEngine);
      return await inlineCompute(options.arenaSize, engineFor, nodeHashes);
    },
    close: () => workers.close(),
  };
}

function isThreaded(workSize: number): boolean {
  return workSize >= THREADED_WORK_SIZE && availableParallelism() > 1;
}
