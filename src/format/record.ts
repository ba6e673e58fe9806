/**
 * The record of one backup, which an export prints and an import reads, so that a catalog that has lost the backup can
 * list it again. It is base64 of a flat JSON object with the reference system's field names, in its order. It is
 * neither signed nor encrypted, and has no list of objects: that stays in the repository. A chain needs one record for
 * each of its members.
 *
 * The output is byte for byte the reference system's. Reading checks types and the fields that an import requires, and
 * ignores unknown fields; it does not check that the objects exist.
 */

import { fromUtf8 } from "../bytes.js";
import { UsageError } from "../errors.js";
import { dumps, type JsonValue } from "./python-json.js";
import { RecordFields } from "./record-fields.js";

/** The record as it is passed from one system to another. */
export interface BackupRecordText {
  /** Driver class path of the repository. */
  readonly backup_service: string;
  /** Standard base64, padded. */
  readonly backup_url: string;
}

/** The fields of a record. */
export interface ExportedBackup {
  readonly id: string;
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly volumeId: string;
  readonly host: string | null;
  readonly availabilityZone: string | null;
  readonly container: string | null;
  readonly parentId: string | null;
  readonly status: string | null;
  readonly failReason: string | null;
  /** Size of the volume, GiB. */
  readonly size: number;
  readonly name: string | null;
  readonly description: string | null;
  /** Prefix of the names of its objects. */
  readonly serviceMetadata: string | null;
  readonly service: string | null;
  /** Number of data objects, without manifest and digest table. */
  readonly objectCount: number;
  readonly dependentCount: number;
  readonly snapshotId: string | null;
  /** Printed in whole seconds, like all times of a record. */
  readonly dataTimestamp: Date | null;
  readonly restoreVolumeId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryptionKeyId: string | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
}

/** The reference system's placeholder for an unknown volume. */
const UNKNOWN_VOLUME_ID = "00000000-0000-0000-0000-000000000000";

/** Required fields, in the order in which they are printed; `id` and `size` have messages of their own. */
const REQUIRED: readonly string[] = [
  "container",
  "display_name",
  "display_description",
  "service_metadata",
  "object_count",
];

/** Prints the record of a backup as the reference system exports it: the driver class and an encoded text. */
export function encodeRecord(backup: ExportedBackup & { readonly service: string }): BackupRecordText {
  // `btoa` needs ASCII, which `dumps` prints.
  return { backup_service: backup.service, backup_url: btoa(dumps(wireFields(backup))) };
}

/**
 * Reads the `backup_url` of a record; white space in it, as from a wrapped line, does not matter.
 * @throws UsageError, with the reference system's message if it has one
 */
export function decodeRecord(backupUrl: string): ExportedBackup {
  const fields = new RecordFields(parseObject(decodeBase64(backupUrl)));
  if (!fields.has("id")) throw new UsageError("Provided backup record is missing an id");
  if (!fields.has("size")) throw new UsageError("Provided backup record is missing size attribute");
  const missing = REQUIRED.filter((name) => !fields.has(name));
  if (missing.length > 0) {
    throw new UsageError(
      `Driver successfully decoded imported backup data, but there are missing fields (${missing.join(", ")}).`,
    );
  }
  return domainFields(fields);
}

/** The order of the keys is the order of the reference system's fields. */
function wireFields(backup: ExportedBackup): JsonValue {
  return {
    driver_info: {},
    id: backup.id,
    user_id: backup.userId,
    project_id: backup.projectId,
    volume_id: backup.volumeId,
    host: backup.host,
    availability_zone: backup.availabilityZone,
    container: backup.container,
    parent_id: backup.parentId,
    status: backup.status,
    fail_reason: backup.failReason,
    size: backup.size,
    display_name: backup.name,
    display_description: backup.description,
    service_metadata: backup.serviceMetadata,
    service: backup.service,
    object_count: backup.objectCount,
    temp_volume_id: null,
    temp_snapshot_id: null,
    num_dependent_backups: backup.dependentCount,
    snapshot_id: backup.snapshotId,
    data_timestamp: printMoment(backup.dataTimestamp),
    restore_volume_id: backup.restoreVolumeId,
    metadata: backup.metadata,
    encryption_key_id: backup.encryptionKeyId,
    created_at: printMoment(backup.createdAt),
    updated_at: printMoment(backup.updatedAt),
    deleted_at: null,
    deleted: false,
  };
}

function domainFields(fields: RecordFields): ExportedBackup {
  return {
    id: fields.id("id"),
    userId: fields.text("user_id"),
    projectId: fields.text("project_id"),
    volumeId: fields.text("volume_id") ?? UNKNOWN_VOLUME_ID,
    host: fields.text("host"),
    availabilityZone: fields.text("availability_zone"),
    container: fields.text("container"),
    parentId: fields.text("parent_id"),
    status: fields.text("status"),
    failReason: fields.text("fail_reason"),
    size: fields.count("size"),
    name: fields.text("display_name"),
    description: fields.text("display_description"),
    serviceMetadata: fields.text("service_metadata"),
    service: fields.text("service"),
    objectCount: fields.count("object_count"),
    dependentCount: fields.count("num_dependent_backups"),
    snapshotId: fields.text("snapshot_id"),
    dataTimestamp: fields.moment("data_timestamp"),
    restoreVolumeId: fields.text("restore_volume_id"),
    metadata: fields.texts("metadata"),
    encryptionKeyId: fields.text("encryption_key_id"),
    createdAt: fields.moment("created_at"),
    updatedAt: fields.moment("updated_at"),
  };
}

/** Prints e.g. `2026-11-22T18:56:25Z`; fractions are cut, not rounded. */
function printMoment(moment: Date | null): string | null {
  return moment === null ? null : `${moment.toISOString().slice(0, 19)}Z`;
}

/** Characters: a record has about two thousand; a text longer than this is not a record. */
const RECORD_LENGTH_MAX: number = 16 * 1024 * 1024;

function decodeBase64(backupUrl: string): Uint8Array {
  if (backupUrl.length > RECORD_LENGTH_MAX) throw new UsageError("Can't decode backup record.");
  const digits = backupUrl.replaceAll(/\s/g, "");
  // Unlike the reference system, `atob` accepts base64 without padding, which would be a truncated record.
  if (digits.length % 4 !== 0) throw new UsageError("Can't decode backup record.");
  try {
    return Uint8Array.from(atob(digits), (unit) => unit.charCodeAt(0));
  } catch (cause) {
    throw new UsageError("Can't decode backup record.", { cause });
  }
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new UsageError("Can't parse backup record.", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError("Can't parse backup record.");
  }
  return value as Readonly<Record<string, unknown>>;
}
