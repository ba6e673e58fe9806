/** From the catalog's rows to backups in repositories. */
import type { BackupRecord } from "../catalog/backups.js";
import type { StoredBackup } from "../chain/layer.js";
import { InvalidStateError, NotFoundError } from "../errors.js";
import { manifestName } from "../format/names.js";
import { discard } from "../pipeline/discard.js";
import type { ServiceContext } from "./context.js";

/** Where the backup's objects are. @throws InvalidStateError for one that never got as far as having any */
export async function locate(context: ServiceContext, backup: BackupRecord): Promise<StoredBackup> {
  const { container, serviceMetadata: prefix } = backup;
  if (container === null || prefix === null) {
    throw new InvalidStateError(
      `Cannot read backup ${backup.id}: the catalog does not say where its objects are`,
    );
  }
  return {
    sink: await context.host.openRepository(backup.repository),
    container,
    prefix,
    backupId: backup.id,
    volumeId: backup.volumeId,
    manifestSha256: backup.manifestSha256 ?? undefined,
    digestTableSha256: backup.digestTableSha256 ?? undefined,
  };
}

/**
 * The chain that ends with `backup`, oldest first.
 * @throws NotFoundError when the catalog lacks a parent
 */
export async function locateChain(context: ServiceContext, backup: BackupRecord): Promise<StoredBackup[]> {
  const chain = [await locate(context, backup)];
  const seen = new Set([backup.id]);
  let current = backup;
  while (current.parentId !== null) {
    const parent = await context.catalog.backups.byId(current.parentId);
    if (parent === undefined) {
      const advice = "scan its repository, or import its record";
      throw new NotFoundError(
        `Cannot read backup ${current.id}: its parent ${current.parentId} is not in the catalog; ${advice}`,
      );
    }
    if (seen.has(parent.id))
      throw new InvalidStateError(`Cannot read backup ${backup.id}: its chain is a circle`);
    seen.add(parent.id);
    chain.unshift(await locate(context, parent));
    current = parent;
  }
  return chain;
}

/** Whether the backup is complete where the catalog says that it is. */
export async function isStored(context: ServiceContext, backup: BackupRecord): Promise<boolean> {
  const { container, serviceMetadata: prefix } = backup;
  if (container === null || prefix === null) return false;
  const sink = await context.host.openRepository(backup.repository);
  return (await sink.size(container, manifestName(prefix))) !== undefined;
}

/**
 * Removes all that is stored of the backup; may be repeated, and nothing to remove is no error.
 * @throws NotFoundError when its repository is not there: what is in it would come back with it, and nobody would
 *   know any more whose it is
 */
export async function discardStored(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { container, serviceMetadata: prefix } = backup;
  if (container === null || prefix === null) return;
  const sink = await context.host.openRepository(backup.repository);
  // The first step of a walk through the containers is to find their repository.
  for await (const _ of sink.containers()) break;
  await discard(sink, container, prefix);
}
