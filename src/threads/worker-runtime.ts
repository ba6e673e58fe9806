/** The portable runtime with digests and decoding on Web Workers: a page stays alive, and all cores work. */
import type { Codec } from "../codecs/codec.js";
import { type PortableOptions, portableRuntime } from "../pipeline/run/portable-runtime.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import { WebWorkers, type WebWorkersOptions } from "./pool.js";
import { pooledCompute } from "./pooled-compute.js";
import { PooledDecoder } from "./pooled-decoder.js";

/** What `workerRuntime` can be told. */
export interface WorkerRuntimeOptions extends PortableOptions, WebWorkersOptions {
  /**
   * Whether windows lie in memory that all threads share. @default {where the host lets them: a page has to be
   * cross-origin isolated}
   */
  readonly shared?: boolean | undefined;
}

/**
 * Where there are no Web Workers, as in edge workers and on Node, everything happens on the calling thread.
 * @returns a runtime of which `close` ends the workers
 * @throws StorageError where there are workers, and they cannot be started: their script is not found, or not allowed
 */
export async function workerRuntime(options: WorkerRuntimeOptions = {}): Promise<Runtime> {
  const inline = await portableRuntime(options);
  if (options.createWorker === undefined && typeof Worker !== "function") return inline;
  const { shared = canShare() } = options;
  const workers = new WebWorkers(options);
  try {
    await workers.ready();
  } catch (error) {
    await workers.close();
    throw error;
  }
  const codecs = [...inline.codecs.values()].map((codec) => onWorkers(codec, workers, shared));
  const allocate = (size: number) => (shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
  return {
    hashes: inline.hashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    compute: ({ arenaSize }) => pooledCompute(workers, { arenaSize, allocate }),
    close: () => workers.close(),
  };
}

function onWorkers(codec: Codec, workers: WebWorkers, shared: boolean): Codec {
  const { memory } = codec;
  return {
    ...codec,
    memory: {
      ...memory,
      // A part and a window, each copied on its way.
      decoder: (inputMax, plainMax) => memory.decoder(inputMax, plainMax) + (shared ? 0 : 2 * inputMax),
    },
    decoder: (plainMax) => new PooledDecoder(workers, { codec: codec.id, plainMax }),
  };
}

/** Browsers say so outright; other hosts do not know the word, and share. */
function canShare(): boolean {
  return typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false;
}
