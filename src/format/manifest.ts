/**
 * The manifest (`<prefix>_metadata`, format.md §3): what a backup consists of. It is stored last, so its presence
 * means that the backup is complete. Printing gives the reference system's bytes; parsing checks every field that a
 * restore relies on and lets unknown keys pass, as the reference system does.
 */
import { fromUtf8, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { FORMAT_VERSION, readField, requireVersion } from "./fields.js";
import { dumps } from "./python-json.js";

/** One stored object: the bytes `[offset, offset + length)` of the volume, encoded. */
export interface ManifestObject {
  readonly name: string;
  /** Byte offset in the volume. */
  readonly offset: number;
  /** Plain (decoded) bytes. */
  readonly length: number;
  /** MD5 of the plain bytes, 32 lower-case hexadecimal digits. */
  readonly contentMd5: string;
  /** The recorded codec label; the reference system may record an alias such as `gzip`. */
  readonly compression: string;
}

/** What the manifest and the digest table both say about their backup. */
export interface BackupIdentity {
  readonly backupId: string;
  readonly volumeId: string;
  readonly backupName: string | null;
  readonly backupDescription: string | null;
  /** As printed by `formatCreatedAt`. */
  readonly createdAt: string;
}

export interface Manifest extends BackupIdentity {
  /** The backup that this one was diffed against; `null` for a full one. */
  readonly parentId: string | null;
  /** Volume metadata as JSON text (format.md §6), or `null`. */
  readonly volumeMetadata: string | null;
  /** In the order in which they were written. */
  readonly objects: readonly ManifestObject[];
}

/** Bytes from the start of the volume to the end of the last object: of a full backup, the size of the volume. */
export function coveredSize({ objects }: Pick<Manifest, "objects">): number {
  return objects.reduce((size, { offset, length }) => Math.max(size, offset + length), 0);
}

/** UTF-8 bytes of the manifest, in the reference system's layout to the byte. */
export function printManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  const objects = manifest.objects.map((object) => ({
    [object.name]: {
      compression: object.compression,
      length: object.length,
      md5: object.contentMd5,
      offset: object.offset,
    },
  }));
  const fields = {
    backup_description: manifest.backupDescription,
    backup_id: manifest.backupId,
    backup_name: manifest.backupName,
    created_at: manifest.createdAt,
    objects,
    parent_id: manifest.parentId,
    version: FORMAT_VERSION,
    volume_id: manifest.volumeId,
    volume_meta: manifest.volumeMetadata,
  };
  return toUtf8(dumps(fields, { sortKeys: true, indent: 2 }));
}

/**
 * @param name the manifest's object name, for messages; every object it lists must share its prefix
 * @throws IntegrityError for anything that is not a manifest of a version that can be restored
 */
export function parseManifest(bytes: Uint8Array, name: string): Manifest {
  const fields = parseObject(bytes, name);
  requireVersion(fields.version, name);
  const place = { objectName: name };
  const identity = {
    backupId: readField(fields, "backup_id", "string", place),
    volumeId: readField(fields, "volume_id", "string", place),
    backupName: readField(fields, "backup_name", "string?", place),
    backupDescription: readField(fields, "backup_description", "string?", place),
    createdAt: readField(fields, "created_at", "string", place),
  };
  return {
    ...identity,
    parentId: readField(fields, "parent_id", "string?", place),
    volumeMetadata: readField(fields, "volume_meta", "string?", place),
    objects: parseObjects(fields.objects, identity.backupId, name),
  };
}

function parseObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new IntegrityError("Cannot read manifest: it is not JSON", { objectName: name }, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new IntegrityError("Cannot read manifest: it is not a JSON object", { objectName: name });
  }
  return value as Record<string, unknown>;
}

function parseObjects(value: unknown, backupId: string, manifest: string): ManifestObject[] {
  if (!Array.isArray(value)) {
    throw new IntegrityError('Cannot read manifest: "objects" is not an array', { objectName: manifest });
  }
  const names = new Set<string>();
  return value.map((entry: unknown) => {
    const object = parseEntry(entry, backupId, manifest);
    if (names.has(object.name)) {
      throw new IntegrityError("Cannot read manifest: an object is listed twice", {
        backupId,
        objectName: object.name,
      });
    }
    names.add(object.name);
    return object;
  });
}

function parseEntry(entry: unknown, backupId: string, manifest: string): ManifestObject {
  const pairs = typeof entry === "object" && entry !== null ? Object.entries(entry) : [];
  const [pair] = pairs;
  if (pair === undefined || pairs.length !== 1 || typeof pair[1] !== "object" || pair[1] === null) {
    throw new IntegrityError('Cannot read manifest: an entry of "objects" is not one named object', {
      backupId,
      objectName: manifest,
    });
  }
  const [name, fields] = pair as [string, Record<string, unknown>];
  const place = { backupId, objectName: name };
  const object = {
    name,
    offset: readField(fields, "offset", "size", place),
    length: readField(fields, "length", "size", place),
    contentMd5: readField(fields, "md5", "string", place),
    compression: readField(fields, "compression", "string", place),
  };
  if (!name.startsWith(manifest.slice(0, manifest.lastIndexOf("_")))) {
    throw new IntegrityError(
      "Cannot read manifest: an object's name does not start with the backup's prefix",
      place,
    );
  }
  if (!/^[0-9a-f]{32}$/.test(object.contentMd5)) {
    throw new IntegrityError(
      `Cannot read manifest: md5 is "${object.contentMd5}", want 32 hexadecimal digits`,
      place,
    );
  }
  if (object.length === 0 || !Number.isSafeInteger(object.offset + object.length)) {
    throw new IntegrityError(`Cannot read manifest: object has length ${object.length}`, place);
  }
  return object;
}
