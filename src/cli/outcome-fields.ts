/** Fields that are shown of results: restores, verifications, records, scans, checks. */
import type { IntegrityError } from "../errors.js";
import type { CompareOutcome, VerifyOutcome } from "../service/backups/requests.js";
import type {
  ExportedRecord,
  ImportedRecord,
  Remains,
  RepositoryCheck,
  ScannedBackup,
} from "../service/repositories/requests.js";
import type { CopyOutcome, RestoreOutcome, StreamOutcome } from "../service/requests.js";
import { type Field, field, idField, momentField, sizeField } from "./output/field.js";

/** The first three are the Block Storage API's. */
export const RESTORE_FIELDS: readonly Field<RestoreOutcome>[] = [
  idField("backup_id", ({ backup }) => backup.id),
  idField("volume_id", ({ volume }) => volume.id),
  field("volume_name", ({ volume }) => volume.name),
  field("source", ({ volume }) => volume.source),
  sizeField("restored_size", ({ restoredSize }) => restoredSize),
  field("verified_digests", ({ verifiedDigests }) => verifiedDigests),
];

/** One damage that a salvage went past: bytes that are lost, or something around them. */
export interface SalvagedDamage {
  readonly volumeId: string;
  readonly offset: number | null;
  readonly length: number | null;
  readonly error: IntegrityError;
}

export const SALVAGE_FIELDS: readonly Field<SalvagedDamage>[] = [
  field("finding", ({ length }) => (length === null ? "damaged" : "lost")),
  field("offset", ({ offset }) => offset),
  field("length", ({ length }) => length),
  idField("backup_id", ({ error }) => error.location.backupId ?? null),
  field("object", ({ error }) => error.location.objectName ?? null),
  field("reason", ({ error }) => error.reason),
  idField("volume_id", ({ volumeId }) => volumeId),
];

export const SALVAGE_COLUMNS: readonly string[] = ["finding", "offset", "length", "backup_id", "reason"];

/** The same, without a volume. */
export const STREAM_FIELDS: readonly Field<StreamOutcome>[] = [
  field("backup_id", ({ backup }) => backup.id),
  sizeField("restored_size", ({ restoredSize }) => restoredSize),
  field("verified_digests", ({ verifiedDigests }) => verifiedDigests),
];

export const VERIFY_FIELDS: readonly Field<VerifyOutcome>[] = [
  idField("backup_id", ({ backup }) => backup.id),
  field("backup_name", ({ backup }) => backup.name),
  field("chain_length", ({ chainLength }) => chainLength),
  sizeField("verified_size", ({ verifiedSize }) => verifiedSize),
  field("verified_digests", ({ verifiedDigests }) => verifiedDigests),
  field("verified_objects", ({ verifiedObjects }) => verifiedObjects),
];

export const VERIFY_SUBSET_FIELDS: readonly Field<VerifyOutcome>[] = [
  ...VERIFY_FIELDS,
  field("verified_to", ({ verifiedTo }) => verifiedTo ?? null),
  momentField("verified_at", ({ verifiedAt }) => verifiedAt ?? null),
];

/** Bytes of a volume, and how they compare with the backup. */
export interface ComparedRange extends Pick<CompareOutcome, "backup" | "source"> {
  readonly finding: "equal" | "differs" | "missing" | "beyond";
  readonly offset: number;
  readonly length: number;
}

export const COMPARE_FIELDS: readonly Field<ComparedRange>[] = [
  field("finding", ({ finding }) => finding),
  field("offset", ({ offset }) => offset),
  field("length", ({ length }) => length),
  idField("backup_id", ({ backup }) => backup.id),
  field("source", ({ source }) => source),
];

export const COPY_FIELDS: readonly Field<CopyOutcome>[] = [
  field("backup_id", ({ source }) => source.id),
  field("copy_id", ({ copy }) => copy.id),
  field("repository", ({ copy }) => copy.repository),
  field("copied_backups", ({ copiedBackups }) => copiedBackups),
  sizeField("stored_size", ({ storedSize }) => storedSize),
];

export const RECORD_FIELDS: readonly Field<ExportedRecord>[] = [
  field("backup_service", (record) => record.backup_service),
  field("backup_url", (record) => record.backup_url),
];

export const IMPORT_FIELDS: readonly Field<ImportedRecord>[] = [
  field("finding", ({ finding }) => finding),
  idField("backup_id", ({ backupId }) => backupId ?? null),
  idField("missing_parent_id", ({ missingParentId }) => missingParentId ?? null),
  field("reason", ({ reason }) => reason ?? null),
];

export const IMPORT_COLUMNS: readonly string[] = ["finding", "backup_id", "missing_parent_id", "reason"];

export const SCAN_FIELDS: readonly Field<ScannedBackup>[] = [
  field("finding", ({ finding }) => finding),
  idField("backup_id", ({ backupId }) => backupId ?? null),
  idField("volume_id", ({ volumeId }) => volumeId ?? null),
  field("container", ({ container }) => container),
  field("prefix", ({ prefix }) => prefix),
  field("reason", ({ reason }) => reason ?? null),
];

export const SCAN_COLUMNS: readonly string[] = ["finding", "backup_id", "volume_id", "container", "reason"];

export const CLEAN_FIELDS: readonly Field<Remains>[] = [
  field("finding", ({ finding }) => finding),
  idField("backup_id", ({ backupId }) => backupId),
  field("container", ({ container }) => container),
  field("prefix", ({ prefix }) => prefix),
  field("object_count", ({ objectCount }) => objectCount),
  field("unfinished_count", ({ unfinishedCount }) => unfinishedCount),
  sizeField("stored_size", ({ storedSize }) => storedSize),
  momentField("modified_at", ({ modifiedAt }) => modifiedAt ?? null),
];

export const CLEAN_COLUMNS: readonly string[] = [
  "finding",
  "backup_id",
  "container",
  "object_count",
  "unfinished_count",
  "stored_size",
  "modified_at",
];

export const CHECK_FIELDS: readonly Field<RepositoryCheck>[] = [
  field("check", ({ check }) => check),
  field("finding", ({ finding }) => finding),
  field("detail", ({ detail }) => detail ?? null),
  field("advice", ({ advice }) => advice ?? null),
];

export const CHECK_COLUMNS: readonly string[] = ["check", "finding", "detail", "advice"];
