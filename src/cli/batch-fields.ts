/** Fields that are shown of batches: the volumes of a run, and those of a plan. */
import type { BatchItem } from "../batch/item.js";
import type { PreparedVolume } from "../batch/prepare.js";
import { type Field, field, sizeField } from "./output/field.js";

export const BATCH_FIELDS: readonly Field<BatchItem>[] = [
  field("volume", ({ source }) => source),
  field("group", ({ group }) => group ?? null),
  field("outcome", ({ stage }) => stage),
  field("level", ({ isIncremental }) => levelText(isIncremental)),
  field("backup_id", ({ backupId }) => backupId),
  field("repository", ({ volume }) => volume.target.repository),
  sizeField("volume_size", ({ volumeSize }) => volumeSize),
  sizeField("stored_size", ({ storedSize }) => storedSize),
  field(
    "seconds",
    ({ durationMs }) => seconds(durationMs, 3),
    "Seconds",
    ({ durationMs }) => seconds(durationMs, 1),
  ),
  field("verified_objects", ({ verifiedObjects }) => verifiedObjects),
  field("copied_backups", ({ copiedBackups }) => copiedBackups),
  field("deleted_backups", ({ deletedBackups }) => deletedBackups),
  field("done_before", ({ wasDone }) => wasDone),
  field("reason", ({ reason }) => reason),
];

export const BATCH_COLUMNS: readonly string[] = [
  "volume",
  "outcome",
  "level",
  "volume_size",
  "stored_size",
  "seconds",
  "reason",
];

/** A volume of a plan, and its group. */
export interface PlannedRow {
  readonly volume: PreparedVolume;
  readonly group: string | undefined;
  readonly snapshot: string;
}

export const PLAN_FIELDS: readonly Field<PlannedRow>[] = [
  field("volume", ({ volume }) => volume.source),
  field("group", ({ group }) => group ?? null),
  field("level", ({ volume }) => levelText(volume.decision.isIncremental)),
  field("why", ({ volume }) => volume.fault ?? volume.decision.reason),
  field("repository", ({ volume }) => volume.target.repository),
  field("codec", ({ volume }) => volume.target.compression),
  field("snapshot", ({ snapshot }) => snapshot),
  sizeField("volume_size", ({ volume }) => volume.size),
  sizeField("memory", ({ volume }) => volume.target.memory),
  sizeField("estimated_stored_size", ({ volume }) => volume.estimate?.storedSize ?? null),
  field("estimated_seconds", ({ volume }) =>
    volume.estimate === undefined ? null : volume.estimate.durationMs / 1000,
  ),
];

export const PLAN_COLUMNS: readonly string[] = [
  "volume",
  "level",
  "why",
  "volume_size",
  "memory",
  "estimated_stored_size",
  "estimated_seconds",
];

function levelText(isIncremental: boolean | null): string | null {
  return isIncremental === null ? null : isIncremental ? "incremental" : "full";
}

function seconds(ms: number | null, digits: number): number | null {
  return ms === null ? null : Number((ms / 1000).toFixed(digits));
}
