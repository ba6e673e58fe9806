/**
 * The manifest (`<prefix>_metadata`, format.md §3), which lists a backup's objects. It is stored last, so its presence
 * means that the backup is complete. Printing gives the reference system's bytes; parsing checks every field that a
 * restore relies on and ignores unknown keys, as the reference system does.
 */
import { fromUtf8, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { sleep } from "../sleep.js";
import { FORMAT_VERSION, readField, requireVersion, shown } from "./fields.js";
import { divideManifest, type ManifestParts } from "./manifest-parts.js";
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

/** The fields that identify a backup in both its manifest and its digest table. */
export interface BackupIdentity {
  readonly backupId: string;
  readonly volumeId: string;
  readonly backupName: string | null;
  readonly backupDescription: string | null;
  /** Printed by `formatCreatedAt`. */
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

/** Bytes from the start of the volume to the end of the last object; for a full backup, the size of the volume. */
export function coveredSize({ objects }: Pick<Manifest, "objects">): number {
  return objects.reduce((size, { offset, length }) => Math.max(size, offset + length), 0);
}

/** UTF-8 bytes of the manifest, byte for byte in the reference system's layout. */
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
  const steps = parseInSteps(bytes, name);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The longest time without a turn for other work. */
const TURN_MS = 20;

/** `parseManifest` for an untrusted text: it gives other work its turns, and heeds the signal. */
export async function parseManifestInTurns(
  bytes: Uint8Array,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const steps = parseInSteps(bytes, name);
  for (let since = performance.now(); ; ) {
    signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - since < TURN_MS) continue;
    await sleep(0, signal);
    since = performance.now();
  }
}

function* parseInSteps(bytes: Uint8Array, name: string): Generator<undefined, Manifest, undefined> {
  const parts = yield* divide(bytes, name);
  const fields = parseFrame(bytes, parts, name);
  requireVersion(fields.version, name);
  const location = { objectName: name };
  const identity = {
    backupId: readField(fields, "backup_id", "string", location),
    volumeId: readField(fields, "volume_id", "string", location),
    backupName: readField(fields, "backup_name", "string?", location),
    backupDescription: readField(fields, "backup_description", "string?", location),
    createdAt: readField(fields, "created_at", "string", location),
  };
  const found = {
    ...identity,
    parentId: readField(fields, "parent_id", "string?", location),
    volumeMetadata: readField(fields, "volume_meta", "text?", location),
  };
  const objects = new ObjectList(identity.backupId, name);
  if (parts.objects === undefined) objects.add(fields.objects);
  else if (!Array.isArray(fields.objects) || fields.objects.length > 0)
    throw new IntegrityError('Cannot read manifest: it has "objects" twice', location);
  for (const [index, { start, end }] of parts.batches.entries()) {
    const batch = parseJson(`[${decode(bytes.subarray(start, end), name)}]`, name);
    // An entry must follow the comma after the batch before.
    if (index > 0 && Array.isArray(batch) && batch.length === 0) throw notJson(name);
    objects.add(batch);
    yield;
  }
  return { ...found, objects: objects.list };
}

function* divide(bytes: Uint8Array, name: string): Generator<undefined, ManifestParts, undefined> {
  try {
    return yield* divideManifest(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new IntegrityError(
      `Cannot read manifest: ${error.message}`,
      { objectName: name },
      { cause: error },
    );
  }
}

/** The manifest's fields; if its objects are in batches, with an empty array for them. */
function parseFrame(bytes: Uint8Array, { objects }: ManifestParts, name: string): Record<string, unknown> {
  const { start, end } = objects ?? { start: bytes.length, end: bytes.length };
  const text = decode(bytes.subarray(0, start), name) + decode(bytes.subarray(end), name);
  const value = parseJson(text, name);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new IntegrityError("Cannot read manifest: it is not a JSON object", { objectName: name });
  }
  return value as Record<string, unknown>;
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw notJson(name, cause);
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(name, cause);
  }
}

function notJson(name: string, cause?: unknown): IntegrityError {
  return new IntegrityError("Cannot read manifest: it is not JSON", { objectName: name }, { cause });
}

class ObjectList {
  readonly list: ManifestObject[] = [];
  readonly #names = new Set<string>();
  readonly #backupId: string;
  readonly #manifest: string;

  constructor(backupId: string, manifest: string) {
    this.#backupId = backupId;
    this.#manifest = manifest;
  }

  /** @throws IntegrityError for a malformed entry, or one that is listed already */
  add(entries: unknown): void {
    if (!Array.isArray(entries)) {
      throw new IntegrityError('Cannot read manifest: "objects" is not an array', {
        objectName: this.#manifest,
      });
    }
    for (const entry of entries as unknown[]) {
      const object = parseEntry(entry, this.#backupId, this.#manifest);
      if (this.#names.has(object.name)) {
        throw new IntegrityError("Cannot read manifest: an object is listed twice", {
          backupId: this.#backupId,
          objectName: object.name,
        });
      }
      this.#names.add(object.name);
      this.list.push(object);
    }
  }
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
  const location = { backupId, objectName: name };
  const object = {
    name,
    offset: readField(fields, "offset", "size", location),
    length: readField(fields, "length", "size", location),
    contentMd5: readField(fields, "md5", "string", location),
    compression: readField(fields, "compression", "string", location),
  };
  if (!name.startsWith(manifest.slice(0, manifest.lastIndexOf("_")))) {
    throw new IntegrityError(
      "Cannot read manifest: an object's name does not start with the backup's prefix",
      location,
    );
  }
  if (!/^[0-9a-f]{32}$/.test(object.contentMd5)) {
    throw new IntegrityError(
      `Cannot read manifest: md5 is ${shown(object.contentMd5)}, want 32 hexadecimal digits`,
      location,
    );
  }
  if (object.length === 0 || !Number.isSafeInteger(object.offset + object.length)) {
    throw new IntegrityError(`Cannot read manifest: object has length ${object.length}`, location);
  }
  return object;
}
