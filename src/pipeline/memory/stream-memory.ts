/** The memory of a restore into a stream: that of reading a chain in order, and that of the windows being verified. */
import type { Chain } from "../../chain/chain.js";
import type { Codecs } from "../../codecs/codec.js";
import { windowSizeOf } from "./geometry.js";
import {
  computeMemoryOf,
  concurrencyOf,
  type MemoryPlan,
  type ObjectConcurrency,
  planOf,
  poolOf,
} from "./plan.js";
import { arenaSizeOf, type PoolOptions } from "./pool.js";
import { planReading, type ReadingPlan } from "./reading-memory.js";

/** Windows that are being read (1), digested (up to 3), between stages (2) or written (1). */
const WINDOWS = 7;

/** The plan of a restore into a stream. */
export interface PlannedStream {
  readonly reading: ReadingPlan;
  /** Shape of the pool of windows. */
  readonly windows: PoolOptions;
  /** Bytes for the windows and their digests, which are held throughout. */
  readonly windowMemory: number;
  readonly memory: MemoryPlan;
}

/** @throws UsageError for an impossible concurrency */
export function planStream(chain: Chain, codecs: Codecs, options: ObjectConcurrency): PlannedStream {
  const { blockSize } = chain.plan.shape;
  const reading = planReading(chain, codecs, concurrencyOf(options));
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const windows = poolOf(WINDOWS, windowSize, blockSize);
  const size = windows.count * windowSize;
  const windowMemory = computeMemoryOf(arenaSizeOf(windows));
  const memory = planOf("restore", windows, {
    gatherCount: 0,
    gatherSize: 0,
    read: reading.read + size,
    work: reading.work,
    codec: reading.codec,
    sink: reading.sink,
    digests: reading.digests + windowMemory - size,
  });
  return { reading, windows, windowMemory, memory };
}
