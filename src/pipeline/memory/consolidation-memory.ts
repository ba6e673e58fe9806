/** The memory of a consolidation: that of a backup, and that of reading a chain in order. */
import type { Chain } from "../../chain/chain.js";
import { openObjectsMax } from "../../chain/open-objects.js";
import type { Codecs } from "../../codecs/codec.js";
import { DIGEST_SIZE } from "../../units.js";
import { windowSizeOf } from "./geometry.js";
import {
  type BackupShape,
  computeMemoryOf,
  concurrencyOf,
  decodersNeed,
  type MemoryPlan,
  planBackupMemory,
  poolOf,
} from "./plan.js";
import { arenaSizeOf, type PoolOptions } from "./pool.js";
import { shapeOfRestore } from "./restore-shape.js";

/** Buffers of each of an open object's two pools: one piece that is being decoded or taken, and the next. */
const SLOT_BUFFERS = 2;

export type ConsolidationShape = Omit<BackupShape, "blockSize" | "isLengthKnown">;

/** The plan of reading a chain in order, and its memory in bytes. */
export interface ReadingPlan {
  readonly slotCount: number;
  readonly aheadCount: number;
  /** Shape of each of an open object's two pools. */
  readonly buffers: PoolOptions;
  readonly arenaSize: number;
  readonly encodedLengthMax: number;
  /** Bytes for stored data, decoded data, decoders, the sink's readers, and the expected digests. */
  readonly read: number;
  readonly work: number;
  readonly codec: number;
  readonly sink: number;
  readonly digests: number;
  /** The part of `codec` that decoders hold while they are open. */
  readonly decoders: number;
}

function planReading(chain: Chain, codecs: Codecs, concurrency: number): ReadingPlan {
  const { blockSize, encodedLengthMax, codecs: needed, sinkBufferSize = 0 } = shapeOfRestore(chain, codecs);
  const { objects } = chain.plan;
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const aheadCount = concurrency - 1;
  const slotCount = Math.min(openObjectsMax(objects) + aheadCount, objects.length);
  const buffers = { ...poolOf(SLOT_BUFFERS, windowSize, blockSize), blockCount: 0 };
  const size = slotCount * SLOT_BUFFERS * windowSize;
  const arenaSize = arenaSizeOf(...Array.from({ length: 2 * slotCount }, () => buffers));
  const largest = Math.max(0, ...needed.map(({ memory }) => memory.decoder(windowSize, encodedLengthMax)));
  const decoders = slotCount * largest;
  return {
    slotCount,
    aheadCount,
    buffers,
    arenaSize,
    encodedLengthMax,
    read: size,
    work: size,
    codec: decodersNeed(needed, encodedLengthMax) + decoders,
    sink: (slotCount + 1) * sinkBufferSize,
    digests: computeMemoryOf(arenaSize) - 2 * size + expectedSize(windowSize, blockSize),
    decoders,
  };
}

/** Bytes of the digests of one window; they are compared one window at a time. */
function expectedSize(windowSize: number, blockSize: number): number {
  return poolOf(1, windowSize, blockSize).blockCount * DIGEST_SIZE;
}

/** The memory of one chain's consolidation, and the plans of its two halves. */
export interface PlannedConsolidation {
  readonly backup: MemoryPlan;
  readonly reading: ReadingPlan;
  /** Their sum. */
  readonly memory: MemoryPlan;
}

/**
 * @param shape shape of the full backup to make
 * @throws UsageError for an object size that does not fit the chain's block size, or an impossible concurrency
 */
export function planConsolidation(
  chain: Chain,
  codecs: Codecs,
  shape: ConsolidationShape,
): PlannedConsolidation {
  const { blockSize } = chain.plan.shape;
  const backup = planBackupMemory({ ...shape, blockSize, isLengthKnown: true });
  const reading = planReading(chain, codecs, concurrencyOf(shape));
  const rows = {
    read: backup.read + reading.read,
    work: backup.work + reading.work,
    codec: backup.codec + reading.codec,
    sink: backup.sink + reading.sink,
    digests: backup.digests + reading.digests,
  };
  const accounted = rows.read + rows.work + rows.codec + rows.sink + rows.digests;
  const total = accounted + backup.fixed;
  return { backup, reading, memory: { ...backup, ...rows, operation: "consolidate", accounted, total } };
}
