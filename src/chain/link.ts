/** One stored backup and its manifest: a link of a chain. */
import { IntegrityError, inBackup } from "../errors.js";
import { refuseEncrypted } from "../format/fields.js";
import { type Manifest, parseManifestInTurns } from "../format/manifest.js";
import { digestTableName, manifestName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { readManifestBytes } from "./manifest-bytes.js";
import { openStored, type ReadingOptions, type StoredBackup } from "./stored-backup.js";

/** One backup of a chain, with its manifest. */
export interface ChainLink {
  readonly backup: StoredBackup;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

/** Options of `readLink`. */
export interface LinkOptions extends ReadingOptions {
  /** Called for a manifest whose bytes are not those that were stored, which is then used if it can be parsed. */
  readonly onWrongBytes?: ((error: IntegrityError) => void) | undefined;
}

/**
 * Reads and checks the manifest.
 * @throws IntegrityError if it is missing, damaged, or another backup's; UsageError if it is encrypted
 */
export async function readLink(
  backup: StoredBackup,
  hashes: Hashes,
  options: LinkOptions = {},
): Promise<ChainLink> {
  const name = manifestName(backup.prefix);
  const location = { backupId: backup.backupId, objectName: name };
  const hash = hashes.sha256();
  const reader = await openStored(backup, name, options);
  const bytes = await readManifestBytes(reader, location, { hash, signal: options.signal });
  refuseEncrypted(bytes, name);
  const manifestSha256 = hash.hex();
  if (backup.manifestSha256 !== undefined && backup.manifestSha256 !== manifestSha256) {
    const reason = "Cannot trust manifest: its bytes are not the ones that were stored";
    const error = new IntegrityError(reason, location);
    if (options.onWrongBytes === undefined) throw error;
    options.onWrongBytes(error);
  }
  const manifest = await parseOf(backup, bytes, options);
  if (manifest.backupId !== backup.backupId || manifest.volumeId !== backup.volumeId) {
    const found = `backup ${manifest.backupId} of volume ${manifest.volumeId}`;
    throw new IntegrityError(`Cannot use manifest: it is of ${found}`, location);
  }
  return { backup, manifest, manifestSha256 };
}

async function parseOf(
  { backupId, prefix }: StoredBackup,
  bytes: Uint8Array,
  { signal }: ReadingOptions,
): Promise<Manifest> {
  try {
    return await parseManifestInTurns(bytes, manifestName(prefix), signal);
  } catch (error) {
    throw inBackup(error, backupId);
  }
}

/** The objects under a backup's prefix, compared with its manifest. */
export interface StoredObjects {
  /** Stored bytes of all objects, manifest and digest table included. */
  readonly storedSize: number;
  /** Names that the manifest does not list; the reference system refuses to restore such a backup. */
  readonly unlisted: readonly string[];
}

/** Stored bytes of every object under a backup's prefix, by name. */
export type Listing = ReadonlyMap<string, number>;

/** Lists the objects under the backup's prefix; it needs no manifest, so both can be requested at once. */
export async function listStored(
  { sink, container, prefix }: StoredBackup,
  { signal }: ReadingOptions = {},
): Promise<Listing> {
  const sizes = new Map<string, number>();
  for await (const { name, size } of sink.list(container, prefix)) {
    signal?.throwIfAborted();
    sizes.set(name, size);
  }
  return sizes;
}

/** @throws IntegrityError that names the first object that the manifest lists and the sink does not have */
export async function checkStoredObjects(
  link: ChainLink,
  options: ReadingOptions = {},
): Promise<StoredObjects> {
  return compareStored(link, await listStored(link.backup, options));
}

/** `checkStoredObjects` with an existing listing. */
export function compareStored({ backup, manifest }: ChainLink, listing: Listing): StoredObjects {
  const { prefix, backupId } = backup;
  const missing = new Set(manifest.objects.map((object) => object.name));
  missing.add(digestTableName(prefix));
  missing.add(manifestName(prefix));
  const unlisted: string[] = [];
  let storedSize = 0;
  for (const [name, size] of listing) {
    storedSize += size;
    if (!missing.delete(name)) unlisted.push(name);
  }
  const [objectName] = missing;
  if (objectName !== undefined) {
    const others = missing.size === 1 ? "" : ` and ${missing.size - 1} more`;
    throw new IntegrityError(`Cannot use backup: an object${others} that its manifest lists is missing`, {
      backupId,
      objectName,
    });
  }
  return { storedSize, unlisted };
}
