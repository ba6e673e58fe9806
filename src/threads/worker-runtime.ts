/** The portable runtime with digests, zlib and decoding on Web Workers: the page stays responsive, and all cores work. */
import type { Codec } from "../codecs/codec.js";
import { zlibCodec } from "../codecs/zlib/codec.js";
import { supportsDeflate } from "../kernels/deflate-kernels.js";
import { type PortableOptions, portableRuntime } from "../pipeline/run/portable-runtime.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import { ThreadPool } from "./pool.js";
import { pooledCompute } from "./pooled-compute.js";
import { PooledDecoder } from "./pooled-decoder.js";
import { PooledDeflating } from "./pooled-deflating.js";
import { commonTraits } from "./task-table.js";
import { webThread } from "./web-thread.js";

/** Count for a browser that does not report its number of cores. */
const DEFAULT_COUNT = 2;

/** Options of `workerRuntime`. */
export interface WorkerRuntimeOptions extends PortableOptions {
  /** How many long tasks run at once. @default {the number of cores that the host reports} */
  readonly count?: number | undefined;
  /** Starts a worker whose script calls `serveTasks`. @default {one with the script next to this module} */
  readonly createWorker?: (() => Worker) | undefined;
  /**
   * Whether windows lie in memory that all threads share. @default {if the host allows it: a page must be cross-origin
   * isolated}
   */
  readonly shared?: boolean | undefined;
}

/**
 * Makes a runtime on Web Workers. On hosts without them, such as edge workers and Node, all work happens on the calling
 * thread.
 * @returns a runtime whose `close` ends the workers
 * @throws StorageError when workers exist but cannot be started: their script is not found, or not allowed
 */
export async function workerRuntime(options: WorkerRuntimeOptions = {}): Promise<Runtime> {
  const inline = await portableRuntime(options);
  if (options.createWorker === undefined && typeof Worker !== "function") return inline;
  const { shared = canShare() } = options;
  const { count = globalThis.navigator?.hardwareConcurrency ?? DEFAULT_COUNT } = options;
  const { createWorker = startWorker } = options;
  const pool = new ThreadPool({ count, traits: commonTraits, startThread: () => webThread(createWorker()) });
  try {
    await pool.ready();
  } catch (error) {
    await pool.close();
    throw error;
  }
  const deflating = supportsDeflate() ? new PooledDeflating(pool) : undefined;
  const zlib = zlibCodec({ level: options.zlib, deflating });
  const codecs = [...inline.codecs.values()].map((codec) =>
    onThreads(codec.id === "zlib" ? zlib : codec, pool, shared),
  );
  const allocate = (size: number) => (shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
  return {
    hashes: inline.hashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    compute: ({ arenaSize, objectsAtOnce }) => pooledCompute(pool, { arenaSize, objectsAtOnce, allocate }),
    close: () => pool.close(),
  };
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

function onThreads(codec: Codec, pool: ThreadPool, shared: boolean): Codec {
  const { memory } = codec;
  return {
    ...codec,
    memory: {
      ...memory,
      // A part and a window, each copied in transit.
      decoder: (inputMax, plainMax) => memory.decoder(inputMax, plainMax) + (shared ? 0 : 2 * inputMax),
    },
    decoder: (plainMax) => new PooledDecoder(pool, { codec: codec.id, plainMax }),
  };
}

/** Browsers report isolation; other hosts do not have the property, and share memory. */
function canShare(): boolean {
  return typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false;
}
