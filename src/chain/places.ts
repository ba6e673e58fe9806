/**
 * Where backups lie in a store, found from its objects alone: wherever there is a manifest. Objects are listed and
 * manifests read; data is not.
 */
import { type Manifest, parseManifestInTurns } from "../format/manifest.js";
import { manifestName, prefixOfManifest, prefixOfObject } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import { manifestSizeMax, readManifestBytes } from "./manifest-bytes.js";

/** The stem of one backup's objects, and where they are. */
export interface BackupPlace {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
  /** Objects that are listed under the prefix: a manifest cannot be longer than they need. */
  readonly objectCount?: number | undefined;
}

/** Every place with a manifest: container by container, in each by prefix, which puts the older of a volume first. */
export async function* backupPlaces(
  sink: ObjectSink,
  signal?: AbortSignal,
): AsyncGenerator<BackupPlace, void, void> {
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

/** The manifest at a place, whichever backup it is of. @throws IntegrityError, NotFoundError; the signal's reason */
export async function readManifestAt(
  { sink, container, prefix, objectCount }: BackupPlace,
  signal?: AbortSignal,
): Promise<Manifest> {
  const name = manifestName(prefix);
  const reader = await sink.open(container, name, { signal });
  const sizeMax = objectCount === undefined ? undefined : manifestSizeMax(objectCount);
  const bytes = await readManifestBytes(reader, { objectName: name }, { sizeMax, signal });
  return await parseManifestInTurns(bytes, name, signal);
}
