import { availableParallelism } from "node:os";
import { bz2Codec } from "../codecs/bz2.js";
import type { CodecLevels } from "../codecs/levels.js";
import { inlineCompute } from "../pipeline/compute.js";
import type { Runtime } from "../pipeline/runtime.js";
import { MIB } from "../units.js";
import { WorkerBzip2 } from "./bzip2.js";
import { ComputeThreads } from "./compute-threads.js";
import { type DigestEngineChoice, digestEngineFor } from "./digest-choice.js";
import { nodeHashes } from "./hashes.js";
import { nodeWorkers } from "./workers.js";
import { nodeZlibCodec } from "./zlib.js";
import { nodeZstdCodec } from "./zstd.js";

/** Below this a volume is done before a thread has started, which takes 30 ms. */
const THREADED_WORK_SIZE: number = 48 * MIB;

/** What Node can do: its own hashes, codecs and digests on its threads, and the faster of two digest engines. */
export async function nodeRuntime(
  digestEngine: DigestEngineChoice = "auto",
  levels: CodecLevels = {},
): Promise<Runtime> {
  const codecs = [
    await nodeZlibCodec({ level: levels.zlib }),
    bz2Codec(new WorkerBzip2(nodeWorkers()), { level: levels.bz2 }),
    nodeZstdCodec({ level: levels.zstd }),
  ];
  const threads = new ComputeThreads({ digestEngine });
  return {
    hashes: nodeHashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    compute: async (options) => {
      if (options.workSize >= THREADED_WORK_SIZE && availableParallelism() > 1)
        return await threads.openRun(options);
      return await inlineCompute(
        options.arenaSize,
        async (kernels) => digestEngineFor(kernels, digestEngine),
        nodeHashes,
      );
    },
  };
}
