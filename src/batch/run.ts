/** Runs a prepared batch: its units side by side. A unit that fails does not stop the others. */
import type { BatchRunRow, BatchRunStatus } from "../catalog/batch-runs.js";
import { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
import { sideBySide } from "../side-by-side.js";
import { Batch } from "./batch.js";
import { BatchItem } from "./item.js";
import type { BatchPlan } from "./plan.js";
import { type BatchParts, type PreparedUnit, prepareBatch } from "./prepare.js";
import { RUN_KEY } from "./steps.js";
import { type RunningUnit, runUnit } from "./unit.js";

export interface RunBatchOptions {
  /** Whether to go on with what is missing of the plan's last run. @default {false} */
  readonly resume?: boolean | undefined;
  /** Paths beside those of the plan. */
  readonly paths?: readonly string[] | undefined;
  /** `backup_max_operations`. */
  readonly maxOperations?: number | undefined;
  readonly signal: AbortSignal;
  /** Called once everything is prepared. */
  onStart?(run: BatchRunRow, items: readonly BatchItem[]): void;
  /** Called when an item enters a stage. */
  onStage?(item: BatchItem): void;
  /** Called if the run has to wait for another run of the plan. */
  onWait?(other: BatchRunRow): void;
  warn(text: string): void;
}

export interface BatchOutcome {
  readonly run: BatchRunRow;
  readonly status: Exclude<BatchRunStatus, "running">;
  /** In the order of the plan. */
  readonly items: readonly BatchItem[];
  readonly durationMs: number;
}

/** @throws InvalidStateError when another run of the plan works and this one is not to wait */
export async function runBatch(
  parts: BatchParts,
  plan: BatchPlan,
  options: RunBatchOptions,
): Promise<BatchOutcome> {
  const { signal, resume = false } = options;
  const startMs = parts.clock.monotonicMs();
  const runs = await parts.service.batchRuns();
  const { name, overlap } = plan;
  const run = await runs.begin({
    plan: name,
    overlap,
    resume,
    signal,
    onWait: (other) => options.onWait?.(other),
  });
  let status: BatchOutcome["status"] = "interrupted";
  try {
    const units = await prepareBatch(parts, plan, { paths: options.paths });
    const running = units.map((unit) => itemsOf(unit));
    const items = running.flatMap((each) => each.items);
    if (resume) await restoreItems(parts, run, items);
    options.onStart?.(run, items);
    const size = items.reduce((sum, { volumeSize }) => sum + volumeSize, 0);
    const concurrency = concurrencyOf(plan, options);
    const { onStage, warn } = options;
    const batch = new Batch(parts, {
      ...{ plan, run, runs, signal, concurrency, size },
      onStage: (item) => onStage?.(item),
      warn: (text) => warn(text),
    });
    await sideBySide(running, concurrency, (unit) => runUnit(batch, unit));
    status = statusOf(items);
    return { run, status, items, durationMs: parts.clock.monotonicMs() - startMs };
  } finally {
    await runs.end(run.id, status);
  }
}

/** Units at work at once. The service admits no more operations than it may, whatever this is. */
export function concurrencyOf(
  { parallel }: BatchPlan,
  { maxOperations = DEFAULT_MAX_OPERATIONS }: Pick<RunBatchOptions, "maxOperations">,
): number {
  const most = maxOperations === 0 ? DEFAULT_MAX_OPERATIONS : maxOperations;
  return parallel ?? most;
}

function itemsOf(unit: PreparedUnit): RunningUnit {
  return { unit, items: unit.volumes.map((volume) => new BatchItem(volume, unit.name)) };
}

/**
 * Marks what the run has done already. A process that was killed may have completed a backup without recording it: such
 * a backup is found by the run in its metadata.
 */
async function restoreItems(
  { service }: BatchParts,
  { id }: BatchRunRow,
  items: readonly BatchItem[],
): Promise<void> {
  const records = new Map((await (await service.batchRuns()).items(id)).map((item) => [item.source, item]));
  const made = await service.listBackups({ metadata: { [RUN_KEY]: id }, status: "available" });
  const backups = new Map(made.map(({ backup }) => [backup.id, backup]));
  const byVolume = new Map(made.map(({ backup }) => [backup.volumeId, backup]));
  for (const item of items) {
    const record = records.get(item.source);
    if (record?.status === "done") {
      item.restore(record);
      continue;
    }
    const { known } = item.volume;
    const backup = backups.get(record?.backupId ?? "") ?? (known && byVolume.get(known.id));
    // Not that of a failed item: its backup may have been made without its freeze.
    if (backup === undefined || record?.status === "failed") continue;
    item.backupId = backup.id;
    item.isIncremental = backup.parentId !== null;
    item.storedSize = backup.storedSize;
    item.volumeSize = backup.volumeSize ?? item.volumeSize;
  }
}

function statusOf(items: readonly BatchItem[]): BatchOutcome["status"] {
  if (items.some(({ stage }) => !["done", "failed"].includes(stage))) return "interrupted";
  const doneCount = items.filter(({ stage }) => stage === "done").length;
  return doneCount === items.length ? "all" : doneCount > 0 ? "some" : "none";
}
