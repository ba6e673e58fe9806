/** Fields that are shown of backups: the Block Storage API's under its names, then Ashlar's own. */
import type { BackupView } from "../service/requests.js";
import { GIB } from "../units.js";
import {
  type Field,
  field,
  idField,
  momentField,
  percentField,
  rateField,
  sizeField,
  spanField,
} from "./output/field.js";
import { percentOf, secondsLeft } from "./progress-text.js";

/** The `openstack` client's columns come first and in its order, which is the order in which they are printed. */
export const BACKUP_FIELDS: readonly Field<BackupView>[] = [
  idField("id", ({ backup }) => backup.id),
  field("name", ({ backup }) => backup.name),
  field("description", ({ backup }) => backup.description),
  field("status", ({ backup }) => backup.status),
  sizeField("size", ({ backup }) => backup.size, GIB),
  {
    ...field("is_incremental", ({ backup }) => backup.parentId !== null, "Incremental"),
    brief: { heading: "Incr.", column: (views) => views.map(({ backup }) => backup.parentId !== null) },
  },
  momentField("created_at", ({ backup }) => backup.createdAt),
  field("availability_zone", ({ backup }) => backup.availabilityZone),
  field(
    "volume_id",
    ({ backup }) => backup.volumeId,
    "Volume",
    ({ backup, volumeName }) => volumeName ?? backup.volumeId,
  ),
  field("container", ({ backup }) => backup.container),
  field("object_count", ({ backup }) => backup.objectCount),
  sizeField("stored_size", ({ backup }) => backup.storedSize),
  sizeField("volume_size", ({ backup }) => backup.volumeSize),
  field("chain_length", ({ chainLength }) => chainLength ?? null),
  field("has_dependent_backups", ({ hasDependents }) => hasDependents),
  field("stage", ({ operations: [operation] }) => operation?.stage ?? null),
  percentField("percent", ({ operations: [operation] }) => (operation ? percentOf(operation) : null)),
  sizeField("bytes_done", ({ operations: [operation] }) => operation?.bytesDone ?? null),
  rateField("bytes_per_second", ({ operations: [operation] }) => operation?.bytesPerSecond ?? null),
  spanField("seconds_left", ({ operations: [operation] }) => (operation ? secondsLeft(operation) : null)),
  idField("parent_id", ({ backup }) => backup.parentId),
  field("snapshot_id", ({ backup }) => backup.snapshotId),
  momentField("data_timestamp", ({ backup }) => backup.dataTimestamp),
  momentField("updated_at", ({ backup }) => backup.updatedAt),
  field("fail_reason", ({ backup }) => backup.failReason),
  field("hints_refused", ({ backup }) => backup.hintsRefused),
  momentField("locked_until", ({ backup }) => backup.lockedUntil),
  field("lock_mode", ({ backup }) => (backup.isHeld ? "hold" : backup.lockMode)),
  field("metadata", ({ backup }) => backup.metadata),
  field("encryption_key_id", ({ backup }) => backup.encryptionKeyId),
  field("project_id", ({ backup }) => backup.projectId),
  field("user_id", ({ backup }) => backup.userId),
  field("repository", ({ backup }) => backup.repository),
  field("service", ({ backup }) => backup.service),
  field("service_metadata", ({ backup }) => backup.serviceMetadata),
];

export const BACKUP_COLUMNS: readonly string[] = [
  "id",
  "name",
  "description",
  "status",
  "size",
  "is_incremental",
  "created_at",
];

/** Columns of a table, which also shows the name of the volume. */
export const BACKUP_COLUMNS_TABLE: readonly string[] = [...BACKUP_COLUMNS, "volume_id"];

/** Fields added by `--long`. */
export const BACKUP_COLUMNS_LONG: readonly string[] = [
  ...BACKUP_COLUMNS,
  "availability_zone",
  "volume_id",
  "container",
  "object_count",
  "stored_size",
  "chain_length",
  "has_dependent_backups",
];
