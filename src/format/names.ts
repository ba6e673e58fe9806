/**
 * Names of one backup's objects (format.md §2). All start with the backup's *prefix*, which the reference system
 * records as `service_metadata`. Restores and deletions list objects by prefix, so nothing else may be stored under it.
 */
/** `flat`: posix, NFS, GlusterFS. `hierarchical`: Swift, S3, Google Cloud Storage. */
export type PrefixScheme = "flat" | "hierarchical";

/** The service's availability zone unless another is configured: `storage_availability_zone`. */
export const DEFAULT_AVAILABILITY_ZONE = "nova";

/** The parts of the prefix of a backup's objects. */
export interface PrefixParts {
  readonly volumeId: string;
  readonly backupId: string;
  /** The service's availability zone; only hierarchical prefixes contain it. */
  readonly availabilityZone: string;
  /** Start of the backup's run; UTC, to the second. */
  readonly startedAt: Date;
}

/** The prefix of a backup's objects, as built by the reference system's drivers of that naming scheme. */
export function backupPrefix(scheme: PrefixScheme, parts: PrefixParts): string {
  const timestamp = parts.startedAt.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return scheme === "flat"
    ? `volume_${parts.volumeId}_${timestamp}_backup_${parts.backupId}`
    : `volume_${parts.volumeId}/${timestamp}/az_${parts.availabilityZone}_backup_${parts.backupId}`;
}

/** The container if the user named none: a directory named by the backup's id, or one shared container. */
export function defaultContainer(scheme: PrefixScheme, backupId: string): string {
  return scheme === "flat" ? `${backupId.slice(0, 2)}/${backupId.slice(2, 4)}/${backupId}` : "volumebackups";
}

/** Name of data object `objectNumber`, which counts from 1 and may grow past five digits. */
export function objectName(prefix: string, objectNumber: number): string {
  return `${prefix}-${String(objectNumber).padStart(5, "0")}`;
}

/** Name, or start of the names, of a repository's own objects beside its backups; also of their container. */
export const REPOSITORY_NAME = "ashlar-repository";

const MANIFEST_SUFFIX = "_metadata";
const DIGEST_TABLE_SUFFIX = "_sha256file";

/** Name of the object that holds a backup's manifest; its presence means that the backup is complete. */
export function manifestName(prefix: string): string {
  return prefix + MANIFEST_SUFFIX;
}

/** Name of the object that holds a backup's digest table. */
export function digestTableName(prefix: string): string {
  return prefix + DIGEST_TABLE_SUFFIX;
}

const BACKUP_OBJECT =
  /^(?<prefix>volume_[^/]+(?:_\d{14}|\/\d{14}\/az_[^/]+)_backup_(?<backupId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))(?:-\d{5,}|_sha256file|_metadata)$/u;

/** The backup that object `name` belongs to; `undefined` unless named as this and the reference system name objects. */
export function ownerOf(name: string): { readonly prefix: string; readonly backupId: string } | undefined {
  const { prefix, backupId } = BACKUP_OBJECT.exec(name)?.groups ?? {};
  return prefix === undefined || backupId === undefined ? undefined : { prefix, backupId };
}

/** The prefix of the backup whose manifest is called `name`, or `undefined` for any other object. */
export function prefixOfManifest(name: string): string | undefined {
  return name.endsWith(MANIFEST_SUFFIX) ? name.slice(0, -MANIFEST_SUFFIX.length) : undefined;
}

/** The prefix of the backup whose data object is called `name`, or `undefined` for any other object. */
export function prefixOfObject(name: string): string | undefined {
  return /^(.+)-\d{5,}$/su.exec(name)?.[1];
}
