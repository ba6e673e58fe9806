/**
 * Locations of the backups in a store, found from its objects alone: a manifest marks a backup. Objects are listed and
 * manifests read; data is not read.
 */
import { type Manifest, parseManifestInTurns } from "../format/manifest.js";
import { manifestName, prefixOfManifest, prefixOfObject } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import { manifestSizeMax, readManifestBytes } from "./manifest-bytes.js";

/** The location of one backup's objects. */
export interface BackupLocation {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
  /** Number of objects listed under the prefix; it limits the size of the manifest. */
  readonly objectCount?: number | undefined;
}

/** Every location with a manifest, by container and prefix; so of one volume's backups the older come first. */
export async function* backupLocations(
  sink: ObjectSink,
  signal?: AbortSignal,
): AsyncGenerator<BackupLocation, void, void> {
  for await (const container of sink.containers()) {
    const prefixes: string[] = [];
    const counts = new Map<string, number>();
    for await (const { name } of sink.list(container, "")) {
      signal?.throwIfAborted();
      const prefix = prefixOfManifest(name);
      if (prefix !== undefined) prefixes.push(prefix);
      const owner = prefixOfObject(name);
      if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const prefix of prefixes.sort())
      yield { sink, container, prefix, objectCount: counts.get(prefix) ?? 0 };
  }
}

/** Reads the manifest at a location, of any backup. @throws IntegrityError, NotFoundError; the signal's reason */
export async function readManifestAt(
  { sink, container, prefix, objectCount }: BackupLocation,
  signal?: AbortSignal,
): Promise<Manifest> {
  const name = manifestName(prefix);
  const reader = await sink.open(container, name, { signal });
  const sizeMax = objectCount === undefined ? undefined : manifestSizeMax(objectCount);
  const bytes = await readManifestBytes(reader, { objectName: name }, { sizeMax, signal });
  return await parseManifestInTurns(bytes, name, signal);
}
