/** A chain of backups, opened for reading: manifests checked against each other and laid over one another. */
import { IntegrityError } from "../errors.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { checkStoredObjects, type Layer, readLayer, type StoredBackup } from "./layer.js";
import { planRestore, type RestorePlan } from "./plan.js";
import { readAgain } from "./read-again.js";
import { sideBySide } from "./side-by-side.js";
import { type ReadingOptions, StoredTable } from "./stored-table.js";

/**
 * A backup with all that it depends on, opened and planned: what `restoreBackup`, `verifyBackup` and images read.
 */
export interface Chain {
  /** Oldest (the full backup) first. */
  readonly layers: readonly Layer[];
  readonly plan: RestorePlan;
  /** Names under the chain's prefixes that no manifest lists. */
  readonly unlisted: readonly string[];
}

/** Layers that are opened at once: the reading of a long chain waits for the store, and for little else. */
const LAYERS_AT_ONCE = 8;

/**
 * Reads the manifests of a chain, finds out whether all objects are there, and plans its restore.
 * @param backups the chain, oldest first
 * @throws IntegrityError for anything that would make a restore fail, as far as it shows without reading the objects
 */
export async function openChain(
  backups: readonly StoredBackup[],
  hashes: Hashes,
  options: ReadingOptions = {},
): Promise<Chain> {
  const opened = await sideBySide(backups, LAYERS_AT_ONCE, (backup, index) =>
    readAgain([backup.sink], () =>
      openLayer(backup, { ...options, hashes, isNewest: index === backups.length - 1 }),
    ),
  );
  for (const [index, { layer }] of opened.entries()) checkParent(layer, opened[index - 1]?.layer);
  const shape = shapeOf(opened);
  const layers = opened.map(({ layer }) => layer);
  const planLayers = layers.map(({ backup, manifest }) => ({
    backupId: backup.backupId,
    objects: manifest.objects,
  }));
  return {
    layers,
    plan: planRestore(planLayers, shape),
    unlisted: opened.flatMap(({ unlisted }) => unlisted),
  };
}

interface OpenedLayer {
  readonly layer: Layer;
  readonly unlisted: readonly string[];
  readonly table: TableHead;
}

/** What is known of a digest table before its digests are read. */
interface TableHead {
  readonly header: StoredTable["header"];
  /** Of the newest layer's. */
  readonly blockCount: number | undefined;
}

interface LayerOptions extends ReadingOptions {
  readonly hashes: Hashes;
  readonly isNewest: boolean;
}

async function openLayer(backup: StoredBackup, options: LayerOptions): Promise<OpenedLayer> {
  // One fails for what the other may be waiting for: both end before either is heard.
  const [listed, head] = await Promise.allSettled([readListed(backup, options), readHead(backup, options)]);
  if (listed.status === "rejected") throw listed.reason;
  if (head.status === "rejected") throw head.reason;
  const { layer, unlisted } = listed.value;
  checkIdentity(head.value, layer);
  return { layer, unlisted, table: head.value };
}

async function readListed(
  backup: StoredBackup,
  { hashes, signal }: LayerOptions,
): Promise<Omit<OpenedLayer, "table">> {
  const layer = await readLayer(backup, hashes, { signal });
  signal?.throwIfAborted();
  const { unlisted } = await checkStoredObjects(layer);
  return { layer, unlisted };
}

async function readHead(
  backup: StoredBackup,
  { hashes, isNewest, signal }: LayerOptions,
): Promise<TableHead> {
  const table = await StoredTable.open(backup, hashes, { signal });
  try {
    const blockCount = isNewest ? (table.countBySize() ?? (await table.countAll())) : undefined;
    return { header: table.header, blockCount };
  } finally {
    await table.close();
  }
}

function checkParent({ backup, manifest }: Layer, parent: Layer | undefined): void {
  const expected = parent?.backup.backupId ?? null;
  if (manifest.parentId === expected) return;
  const described = manifest.parentId === null ? "a full backup" : `an incremental of ${manifest.parentId}`;
  const wanted = expected === null ? "a full backup" : `an incremental of ${expected}`;
  throw new IntegrityError(`Cannot use manifest: it is of ${described}, want ${wanted}`, {
    backupId: backup.backupId,
  });
}

function shapeOf(opened: readonly OpenedLayer[]): RestorePlan["shape"] {
  const { blockSize } = opened.at(-1)!.table.header;
  for (const { layer, table } of [...opened].reverse()) {
    if (table.header.blockSize === blockSize) continue;
    const sizes = `${table.header.blockSize} bytes, the backups based on it ${blockSize}`;
    throw new IntegrityError(`Cannot use chain: blocks have ${sizes}`, { backupId: layer.backup.backupId });
  }
  return { blockSize, blockCount: opened.at(-1)!.table.blockCount! };
}

/** Both files say whose they are, so a byte that changed in one of them shows. */
function checkIdentity(table: TableHead, { backup, manifest }: Layer): void {
  for (const key of ["backupId", "backupName", "backupDescription", "createdAt"] as const) {
    if (table.header[key] !== manifest[key]) {
      const values = `${JSON.stringify(table.header[key])}, the manifest's is ${JSON.stringify(manifest[key])}`;
      throw new IntegrityError(`Cannot use digest table: its ${key} is ${values}`, {
        backupId: backup.backupId,
        objectName: digestTableName(backup.prefix),
      });
    }
  }
}
