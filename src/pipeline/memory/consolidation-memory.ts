/** The memory of a consolidation: that of a backup, and that of reading a chain in order. */
import type { Chain } from "../../chain/chain.js";
import type { Codecs } from "../../codecs/codec.js";
import { type BackupShape, concurrencyOf, type MemoryPlan, planBackupMemory } from "./plan.js";
import { planReading, type ReadingPlan } from "./reading-memory.js";

export type ConsolidationShape = Omit<BackupShape, "blockSize" | "isLengthKnown">;

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
