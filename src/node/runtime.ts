import { availableParallelism } from "node:os";
import type { Codecs } from "../codecs/codec.js";
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
import { type NodePool, nodePool } from "./threads/pool.js";

/** A smaller volume is finished before a thread has started, which takes 30 ms. */
const THREADED_WORK_SIZE: number = 48 * MIB;

/** A runtime whose threads also serve codecs of other levels. */
interface LeveledRuntime extends Runtime {
  /** The same runtime with codecs of these levels; only this one is to be closed. */
  atLevels(levels: CodecLevels): Promise<Runtime>;
}

/** The runtime of Node: native hashes, codecs and digests on threads, and the faster of two digest engines. */
export async function nodeRuntime(
  digestEngine: DigestEngineChoice = "auto",
  levels: CodecLevels = {},
): Promise<LeveledRuntime> {
  const pool = nodePool({ digestEngine });
  const runtime: Runtime = {
    hashes: nodeHashes,
    codecs: await codecsOf(pool, levels),
    start(workSize) {
      if (isThreaded(workSize)) pool.start();
    },
    async compute(options) {
      // Threads that run anyway take small work too: the main thread is then free for the other operations.
      if (pool.hasStarted || isThreaded(options.workSize)) {
        return {
          ...(await pooledCompute(pool, { ...options, allocate: pageAlignedMemory })),
          readAndDigest: ({ descriptor, offset }, window, blockSize, digests) =>
            pool.run("read-digest", { descriptor, offset, window, blockSize, digests }),
        };
      }
      const engineFor = async (kernels: Parameters<typeof digestEngineFor>[0]) =>
        digestEngineFor(kernels, digestEngine);
      return await inlineCompute(options.arenaSize, engineFor, nodeHashes);
    },
    close: () => pool.close(),
  };
  return { ...runtime, atLevels: async (other) => ({ ...runtime, codecs: await codecsOf(pool, other) }) };
}

async function codecsOf(pool: NodePool, levels: CodecLevels): Promise<Codecs> {
  const codecs = [
    await nodeZlibCodec({ level: levels.zlib, pool }),
    nodeBz2Codec({ pool, level: levels.bz2 }),
    nodeZstdCodec({ level: levels.zstd, pool }),
  ];
  return new Map(codecs.map((codec) => [codec.id, codec]));
}

function isThreaded(workSize: number): boolean {
  return workSize >= THREADED_WORK_SIZE && availableParallelism() > 1;
}
