/**
 * Where backups lie in a store, found from its objects alone: wherever there is a manifest. Objects are listed and
 * manifests read; data is not.
 */
import { type Manifest, parseManifest } from "../format/manifest.js";
import { manifestName, prefixOfManifest } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import { readManifestBytes } from "./manifest-bytes.js";

/** The stem of one backup's objects, and where they are. */
export interface BackupPlace {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
}

/** Every place with a manifest: container by container, in each by prefix, which puts the older of a volume first. */
export async function* backupPlaces(sink: ObjectSink): AsyncGenerator<BackupPlace, void, void> {
  for await (const container of sink.containers()) {
    const prefixes: string[] = [];
    for await (const { name } of sink.list(container, "")) {
      const prefix = prefixOfManifest(name);
      if (prefix !== undefined) prefixes.push(prefix);
    }
    for (const prefix of prefixes.sort()) yield { sink, container, prefix };
  }
}

/** The manifest at a place, whichever backup it is of. @throws IntegrityError, NotFoundError */
export async function readManifestAt({ sink, container, prefix }: BackupPlace): Promise<Manifest> {
  const name = manifestName(prefix);
  const reader = await sink.open(container, name);
  return parseManifest(await readManifestBytes(reader, { objectName: name }), name);
}
