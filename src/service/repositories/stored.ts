/** Finds and opens the stored objects of backups in the catalog. */
import type { BackupRow, BackupStatus } from "../../catalog/backups.js";
import { type Chain, openChain, openChainAndTable } from "../../chain/chain.js";
import type { ReadingOptions, StoredBackup } from "../../chain/stored-backup.js";
import type { StoredTable } from "../../chain/stored-table.js";
import { InvalidStateError, isAshlarError, NotFoundError } from "../../errors.js";
import { manifestName } from "../../format/names.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { discard } from "../../pipeline/stages/discard.js";
import type { Hashes } from "../../ports.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { type HistoryRecorder, openHistory, type RepositoryHistory } from "./history.js";
import { requirePresent } from "./presence.js";

const STORED_ID = /_backup_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * The id in the names of a backup's objects and in its manifest. It differs from the row's id if a record was imported
 * under a new id, which the reference system allows.
 */
export function storedIdOf(prefix: string): string | undefined {
  return STORED_ID.exec(prefix)?.[1];
}

/** Locates the backup's objects. @throws InvalidStateError for a backup that has no objects yet */
export async function locate(context: ServiceContext, backup: BackupRow): Promise<StoredBackup> {
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
    backupId: storedIdOf(prefix) ?? backup.id,
    volumeId: backup.volumeId,
    manifestSha256: backup.manifestSha256 ?? undefined,
    digestTableSha256: backup.digestTableSha256 ?? undefined,
  };
}

/**
 * The chain that ends with `backup`, oldest first.
 * @throws NotFoundError when the catalog lacks a parent
 */
async function locateChain(context: ServiceContext, backup: BackupRow): Promise<StoredBackup[]> {
  const history = await openHistory(context, backup.repository);
  const chain = [await locateRecorded(context, backup, history)];
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
    chain.unshift(await locateRecorded(context, parent, history));
    current = parent;
  }
  return chain;
}

/** Locates the backup's objects, with the digests that the signed history has of them. @throws IntegrityError */
export async function locateRecorded(
  context: ServiceContext,
  backup: BackupRow,
  history: RepositoryHistory | undefined,
): Promise<StoredBackup> {
  const located = await locate(context, backup);
  return history === undefined ? located : { ...located, ...(await history.digestsOf(located)) };
}

/** The chain that ends with `backup`, opened; opens it again if a consolidation moves it meanwhile. */
export async function openCurrentChain(
  context: ServiceContext,
  backup: BackupRow,
  hashes: Hashes,
  options: ReadingOptions = {},
): Promise<Chain> {
  return await openCurrent(context, backup, options, (located) => openChain(located, hashes, options));
}

/** Like `openCurrentChain`, with the digest table of `backup`, which the caller closes. */
export async function openCurrentChainAndTable(
  context: ServiceContext,
  backup: BackupRow,
  hashes: Hashes,
  options: ReadingOptions = {},
): Promise<{ readonly chain: Chain; readonly table: StoredTable }> {
  return await openCurrent(context, backup, options, (located) =>
    openChainAndTable(located, hashes, options),
  );
}

async function openCurrent<T>(
  context: ServiceContext,
  backup: BackupRow,
  options: ReadingOptions,
  open: (located: readonly StoredBackup[]) => Promise<T>,
): Promise<T> {
  for (;;) {
    await requireStored(context, [backup.id]);
    const located = await locateChain(context, (await context.catalog.backups.byId(backup.id)) ?? backup);
    try {
      return await open(located);
    } catch (error) {
      throwIfCancelled(options.signal);
      await requireStored(
        context,
        located.map(({ backupId }) => backupId),
        error,
      );
      if (!(await areCurrent(context, located))) continue;
      if (isAshlarError(error, "integrity") || isAshlarError(error, "not-found"))
        await requirePresent(context, backup.repository);
      throw error;
    }
  }
}

/** Runs `work` on a chain; a failure caused by a concurrent deletion is reported as such. */
export async function whileStored<T>(
  context: ServiceContext,
  { links }: Chain,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isAshlarError(error, "cancelled"))
      await requireStored(
        context,
        links.map(({ backup }) => backup.backupId),
        error,
      );
    throw error;
  }
}

const GONE: readonly BackupStatus[] = ["deleting", "error_deleting", "deleted"];

/** @throws InvalidStateError when one of the backups is deleted, or is being deleted */
export async function requireStored(
  { catalog }: ServiceContext,
  ids: readonly string[],
  cause?: unknown,
): Promise<void> {
  for (const id of ids) {
    const status = (await catalog.backups.byId(id))?.status;
    if (status !== undefined && !GONE.includes(status)) continue;
    const state = status === undefined || status === "deleted" ? "has been deleted" : "is being deleted";
    throw new InvalidStateError(`Cannot read backup ${id}: it ${state}`, { cause });
  }
}

/**
 * Whether the catalog still has a chain at the locations where it was opened. Call it under a running operation: from then
 * on a consolidation leaves what it replaces until the operation has ended.
 */
export async function isCurrent(context: ServiceContext, { links }: Chain): Promise<boolean> {
  return await areCurrent(
    context,
    links.map(({ backup }) => backup),
  );
}

export async function areCurrent(
  { catalog }: ServiceContext,
  located: readonly StoredBackup[],
): Promise<boolean> {
  for (const { container, prefix } of located) {
    // Compared by location, because a row may have another id than its objects.
    const owners = await catalog.backups.list({ container, serviceMetadata: prefix });
    if (owners.length === 0) return false;
  }
  return true;
}

/** Whether the backup is complete at the location that the catalog records. */
export async function isStored(context: ServiceContext, backup: BackupRow): Promise<boolean> {
  const { container, serviceMetadata: prefix } = backup;
  if (container === null || prefix === null) return false;
  const sink = await context.host.openRepository(backup.repository);
  return (await sink.size(container, manifestName(prefix))) !== undefined;
}

/**
 * Removes all stored objects of the backup, unless another backup shares them; may be repeated, and nothing to remove
 * is no error.
 * @throws NotFoundError when its repository is not there and something was stored
 */
export async function discardStored(context: ServiceContext, backup: BackupRow): Promise<void> {
  const { container, serviceMetadata, sparePrefix, repository, hasContainer } = backup;
  if (container === null || serviceMetadata === null) return;
  const places = sparePrefix === null ? [serviceMetadata] : [serviceMetadata, sparePrefix];
  const own: string[] = [];
  for (const prefix of places) if (!(await isShared(context, backup, prefix))) own.push(prefix);
  if (own.length === 0) return;
  try {
    const sink = await openForRemoval(context, repository);
    for (const prefix of own) await discard(sink, container, prefix);
  } catch (error) {
    // At most an empty container was created, in a repository that may have disappeared since or may never have
    // existed.
    if (hasContainer) throw error;
  }
}

/**
 * Whether another backup has objects under the prefix, too: a record can be imported under a new id. The last of them
 * removes the objects.
 */
export async function isShared(
  { catalog }: ServiceContext,
  { id, container, repository }: BackupRow,
  prefix: string,
): Promise<boolean> {
  const place = { container, repository };
  const owners = await catalog.backups.list({ ...place, serviceMetadata: prefix });
  const formerOwners = await catalog.backups.list({ ...place, sparePrefix: prefix });
  return [...owners, ...formerOwners].some((other) => other.id !== id && other.status !== "deleting");
}

/**
 * @throws NotFoundError when the repository is not there: its objects would come back with it, and no row would own
 *   them any more
 */
export async function openForRemoval({ host }: ServiceContext, repository: string): Promise<ObjectSink> {
  const sink = await host.openRepository(repository);
  // The first step of a walk through the containers is to find their repository.
  for await (const _ of sink.containers()) break;
  return sink;
}

/** Records that the objects of a row were removed. */
export async function recordRemoval(
  recorder: HistoryRecorder | undefined,
  { id, serviceMetadata }: BackupRow,
): Promise<void> {
  await recorder?.removed({ backupId: storedIdOf(serviceMetadata ?? "") ?? id });
}
