/** The state of one volume while its batch runs, for displays and reports. */
import type { BatchItemRow } from "../catalog/batch-items.js";
import { isAshlarError } from "../errors.js";
import { type Progress, startProgress } from "../pipeline/run/run.js";
import type { PreparedVolume } from "./prepare.js";

export type ItemStage =
  | "waiting"
  | "freezing"
  | "backup"
  | "verify"
  | "copy"
  | "prune"
  | "done"
  | "failed"
  | "stopped";

const ENDED: readonly ItemStage[] = ["done", "failed", "stopped"];

export class BatchItem {
  readonly volume: PreparedVolume;
  readonly group: string | undefined;
  stage: ItemStage = "waiting";
  /** Counters of the present stage. */
  progress: Progress = startProgress();
  backupId: string | null = null;
  isIncremental: boolean | null = null;
  storedSize: number | null = null;
  /** Bytes of the volume; 0 if not known. */
  volumeSize: number;
  durationMs: number | null = null;
  /** Why it failed or was stopped. */
  reason: string | null = null;
  /** Objects that were read back. */
  verifiedObjects = 0;
  /** Backups that were copied to other repositories, ancestors included. */
  copiedBackups = 0;
  /** Older backups that were deleted. */
  deletedBackups = 0;
  /** Whether an earlier part of the run has done it. */
  wasDone = false;
  #startMs: number | undefined;

  constructor(volume: PreparedVolume, group: string | undefined) {
    this.volume = volume;
    this.group = group;
    this.volumeSize = volume.size;
  }

  get source(): string {
    return this.volume.source;
  }

  get hasEnded(): boolean {
    return ENDED.includes(this.stage);
  }

  /** Enters a stage, with counters of its own. */
  enter(stage: ItemStage, nowMs: number): void {
    this.stage = stage;
    this.progress = startProgress();
    this.#startMs ??= nowMs;
    if (ENDED.includes(stage)) this.durationMs ??= nowMs - this.#startMs;
  }

  /** Ends with a failure; one that was stopped is not failed. */
  fail(error: unknown, nowMs: number): void {
    if (this.hasEnded && this.stage !== "done") return;
    this.reason = error instanceof Error ? error.message : String(error);
    this.enter(isAshlarError(error, "cancelled") ? "stopped" : "failed", nowMs);
  }

  /** Takes over what an earlier part of the run has recorded. */
  restore(record: BatchItemRow): void {
    const { backupId, isIncremental, storedSize, volumeSize, durationMs } = record;
    Object.assign(this, { backupId, isIncremental, storedSize });
    this.volumeSize = volumeSize ?? this.volumeSize;
    if (record.status !== "done") return;
    Object.assign(this, { durationMs, stage: "done", wasDone: true });
  }
}
