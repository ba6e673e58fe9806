/** A chain of backups, opened for reading: manifests checked against each other and laid over one another. */
import { IntegrityError } from "../errors.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { checkStoredObjects, type Layer, readLayer, type StoredBackup } from "./layer.js";
import { planRestore, type RestorePlan } from "./plan.js";
import { StoredTable } from "./stored-table.js";

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

/**
 * Reads the manifests of a chain, finds out whether all objects are there, and plans its restore.
 * @param backups the chain, oldest first
 * @throws IntegrityError for anything that would make a restore fail, as far as it shows without reading the objects
 */
export async function openChain(backups: readonly StoredBackup[], hashes: Hashes): Promise<Chain> {
  const layers: Layer[] = [];
  const unlisted: string[] = [];
  for (const backup of backups) {
    const layer = await readLayer(backup, hashes);
    checkParent(layer, layers.at(-1));
    unlisted.push(...(await checkStoredObjects(layer)).unlisted);
    layers.push(layer);
  }
  const shape = await readShape(layers, hashes);
  const planLayers = layers.map(({ backup, manifest }) => ({
    backupId: backup.backupId,
    objects: manifest.objects,
  }));
  return { layers, plan: planRestore(planLayers, shape), unlisted };
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

async function readShape(layers: readonly Layer[], hashes: Hashes): Promise<RestorePlan["shape"]> {
  let shape: RestorePlan["shape"] | undefined;
  for (const { backup, manifest } of [...layers].reverse()) {
    const table = await StoredTable.open(backup, hashes);
    try {
      checkIdentity(table, { backup, manifest });
      const { blockSize } = table.header;
      if (shape !== undefined && shape.blockSize !== blockSize) {
        const sizes = `${blockSize} bytes, the backups based on it ${shape.blockSize}`;
        throw new IntegrityError(`Cannot use chain: blocks have ${sizes}`, { backupId: backup.backupId });
      }
      shape ??= { blockSize, blockCount: table.countBySize() ?? (await table.countAll()) };
    } finally {
      await table.close();
    }
  }
  return shape!;
}

/** Both files say whose they are, so a byte that changed in one of them shows. */
function checkIdentity(table: StoredTable, { backup, manifest }: Omit<Layer, "manifestSha256">): void {
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
