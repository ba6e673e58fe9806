/**
 * Finding backups in a repository from their objects alone. The catalog is an index: what it has lost, and what the
 * reference system has stored, comes back by this. Objects are listed, manifests read; data is not.
 */
import type { CatalogTables } from "../catalog/catalog.js";
import { checkStoredObjects, readLayer, type StoredBackup } from "../chain/layer.js";
import { AshlarError, IntegrityError } from "../errors.js";
import { type Manifest, parseManifest } from "../format/manifest.js";
import { manifestName, prefixOfManifest } from "../format/names.js";
import type { RunOptions } from "../pipeline/run.js";
import type { Hashes } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import { addVolume, rowOf } from "./adopt.js";
import type { ServiceContext } from "./context.js";
import type { ScanFinding, ScannedBackup } from "./service.js";

export async function scanRepository(
  context: ServiceContext,
  { signal }: RunOptions = {},
): Promise<ScannedBackup[]> {
  const { settings, host } = context;
  const sink = await host.openRepository(settings.repository);
  const { hashes } = await host.runtime();
  const found: ScannedBackup[] = [];
  for await (const container of sink.containers()) {
    for (const prefix of await prefixesIn(sink, container)) {
      signal?.throwIfAborted();
      found.push(await scanBackup(context, { sink, container, prefix, hashes }));
    }
  }
  return found;
}

async function prefixesIn(sink: ObjectSink, container: string): Promise<string[]> {
  const prefixes: string[] = [];
  for await (const { name } of sink.list(container, "")) {
    const prefix = prefixOfManifest(name);
    if (prefix !== undefined) prefixes.push(prefix);
  }
  return prefixes.sort();
}

interface Place {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
  readonly hashes: Hashes;
}

async function scanBackup(context: ServiceContext, place: Place): Promise<ScannedBackup> {
  const { container, prefix } = place;
  let ids: { backupId: string; volumeId: string } | undefined;
  try {
    ids = await identify(place);
    return { ...ids, container, prefix, ...(await adopt(context, { ...place, ...ids }, place.hashes)) };
  } catch (error) {
    // One damaged backup must not hide the others.
    if (!(error instanceof AshlarError) || error.code === "cancelled") throw error;
    const { backupId, volumeId } = ids ?? { backupId: undefined, volumeId: undefined };
    return { finding: "skipped", container, prefix, backupId, volumeId, reason: error.message };
  }
}

/** Whose manifest it is, before it can be asked for as a known backup's. */
async function identify({
  sink,
  container,
  prefix,
}: Place): Promise<Pick<Manifest, "backupId" | "volumeId">> {
  const name = manifestName(prefix);
  const reader = await sink.open(container, name);
  try {
    const bytes = new Uint8Array(reader.size);
    await reader.readInto(bytes);
    const { backupId, volumeId } = parseManifest(bytes, name);
    return { backupId, volumeId };
  } finally {
    await reader.close();
  }
}

type Finding = { readonly finding: ScanFinding; readonly reason: string | undefined };

async function adopt(context: ServiceContext, stored: StoredBackup, hashes: Hashes): Promise<Finding> {
  const layer = await readLayer(stored, hashes);
  const { storedSize } = await checkStoredObjects(layer);
  const row = rowOf(context, layer, { storedSize, repository: context.settings.repository });
  return await context.catalog.transaction(async (tables) => {
    const known = await tables.backups.byId(stored.backupId);
    if (known === undefined) {
      await addVolume(tables, context, row);
      await tables.backups.insert(row);
      return { finding: "added", reason: undefined };
    }
    const isHere = known.container === stored.container && known.serviceMetadata === stored.prefix;
    if (isHere && known.repository === row.repository) return { finding: "known", reason: undefined };
    return await move(context, tables, { known, stored, layerSha256: layer.manifestSha256 });
  });
}

interface Move {
  readonly known: NonNullable<Awaited<ReturnType<CatalogTables["backups"]["byId"]>>>;
  readonly stored: StoredBackup;
  readonly layerSha256: string;
}

/** A known backup in a second place: the catalog follows it, unless what is there is not the same backup. */
async function move(
  context: ServiceContext,
  tables: CatalogTables,
  { known, stored, layerSha256 }: Move,
): Promise<Finding> {
  if (known.manifestSha256 !== null && known.manifestSha256 !== layerSha256) {
    const place = { backupId: known.id, objectName: manifestName(stored.prefix) };
    throw new IntegrityError(
      "Cannot take over backup: its manifest is not the one that the catalog remembers",
      place,
    );
  }
  await tables.backups.update(known.id, {
    repository: context.settings.repository,
    container: stored.container,
    serviceMetadata: stored.prefix,
  });
  return { finding: "moved", reason: undefined };
}
