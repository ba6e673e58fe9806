/**
 * The queue of accepted backups and restores. A queued operation is a waiting one that no process has taken: its holder
 * and that of its rows is `PARKED`. One transaction passes the operation and its rows to the process that takes it,
 * whose lease they are from then on. The number that it got when it was queued is its place in the order of arrival.
 *
 *     accepted → queued → taken, if the limits leave room → running
 *
 * A process that is stopped queues again what it has not finished.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { Catalog, CatalogTables } from "../../catalog/catalog.js";
import { type OperationKind, type OperationRow, PARKED } from "../../catalog/operations.js";
import { hostOfSource, isLocal } from "../../catalog/source.js";
import type { ServiceContext } from "../context.js";
import type { Host } from "../host.js";
import { BACKUP_STATES } from "../states/states.js";
import { handOverRows, releaseParked, type TakenRows } from "./parked.js";

export interface QueuedWork extends TakenRows {
  readonly kind: Extract<OperationKind, "backup" | "restore">;
  /** What was asked for, in JSON. */
  readonly request?: string | null | undefined;
}

/** As an operation is that nobody has begun. */
const WAITING = {
  ...{ state: "waiting", stage: "waiting", startedAt: null, slots: 1, memory: 0 },
  ...{ bytesDone: 0, bytesTotal: 0, storedBytes: 0, bytesPerSecond: 0 },
} as const;

/** Adds an operation for work whose rows are parked. @param number that the operation had, for its place in the queue */
export async function addQueued(
  tables: CatalogTables,
  catalogHost: string | undefined,
  { kind, backupId, volumeId, snapshotId, request = null, number }: QueuedWork & { readonly number?: number },
): Promise<void> {
  const { projectId = null, repository = null } = (await tables.backups.byId(backupId)) ?? {};
  const source =
    snapshotId === undefined
      ? (await tables.volumes.byId(volumeId))?.source
      : (await tables.snapshots.byId(snapshotId))?.source;
  const host = (source && isLocal(source) ? catalogHost : hostOfSource(source ?? "")) ?? null;
  await tables.operations.add({
    ...{ kind, holder: PARKED, ...WAITING, backupId, volumeId, host, projectId, repository, request },
    ...(number !== undefined && { number }),
  });
  await tables.operations.notifyQueue();
}

/**
 * Leaves work that this process holds to another. Resolves to whether it was still held.
 * @param number of its operation, if it has one
 */
export async function park(
  tables: CatalogTables,
  { catalog, host: { holder } }: Pick<ServiceContext, "catalog" | "host">,
  work: QueuedWork & { readonly number?: number | undefined },
): Promise<boolean> {
  if (!(await handOverRows(tables, work, { from: holder, to: PARKED }))) return false;
  const { number, ...rest } = work;
  if (number !== undefined) await tables.operations.remove(number);
  await addQueued(tables, catalog.host, { ...rest, ...(number !== undefined && { number }) });
  return true;
}

/** The process that takes work. */
export interface Taker {
  readonly catalog: Pick<Catalog, "host">;
  readonly host: Pick<Host, "holder" | "clock">;
}

/**
 * Passes queued work to this process. Resolves to whether it was still there.
 * @param starts whether it begins at once, because the limits leave room for it
 */
export async function take(
  tables: CatalogTables,
  { catalog, host: { holder, clock } }: Taker,
  { operation, starts }: { readonly operation: OperationRow; readonly starts: boolean },
): Promise<boolean> {
  const { operations } = tables;
  const begun = { state: "running", stage: "preparing", startedAt: clock.now() } as const;
  const changes = { host: catalog.host ?? null, ...(starts && begun) };
  const { number, backupId, volumeId } = operation;
  if (!(await operations.handOver(number, { from: PARKED, to: holder }, changes))) return false;
  const backup = await tables.backups.byId(backupId ?? "");
  const rows = {
    ...{ backupId: backupId ?? "", volumeId: volumeId ?? "" },
    snapshotId: (operation.kind === "backup" && backup?.snapshotId) || undefined,
  };
  if (await handOverRows(tables, rows, { from: PARKED, to: holder })) return true;
  await operations.remove(number);
  return false;
}

/** Queues the parked work that has no operation, the oldest first. Resolves to the number of operations added. */
export async function queueParked({ catalog }: Pick<ServiceContext, "catalog">): Promise<number> {
  if ((await orphansIn(catalog)).length === 0) return 0;
  return await catalog.transaction(async (tables) => {
    const orphans = await orphansIn(tables);
    for (const { id: backupId, status, volumeId, restoreVolumeId, snapshotId } of orphans) {
      const isBackup = status === "creating";
      await addQueued(tables, catalog.host, {
        ...{ kind: isBackup ? "backup" : "restore", backupId },
        volumeId: (isBackup ? volumeId : restoreVolumeId) ?? "",
        snapshotId: (isBackup && snapshotId) || undefined,
      });
    }
    return orphans.length;
  });
}

async function orphansIn({
  backups,
  operations,
}: Pick<CatalogTables, "backups" | "operations">): Promise<BackupRow[]> {
  const parked = await backups.list({ holder: PARKED });
  if (parked.length === 0) return [];
  const queued = new Set((await operations.heldBy(PARKED)).map(({ backupId }) => backupId));
  return parked.filter(({ id }) => !queued.has(id)).reverse();
}

/** Ends an operation that no process has taken; its backup or volume is then in error. Resolves to whether it did. */
export async function cancelQueued(
  { catalog }: Pick<ServiceContext, "catalog">,
  number: number,
  reason: string,
): Promise<boolean> {
  return await catalog.transaction(async (tables) => {
    const { operations, backups } = tables;
    const operation = await operations.byNumber(number);
    if (operation?.holder !== PARKED) return false;
    await operations.remove(number);
    const backup = await backups.byId(operation.backupId ?? "");
    if (backup?.holder !== PARKED) return true;
    const changes = { holder: null, failReason: `Cancelled: ${reason}` };
    await BACKUP_STATES.move(backups, backup.id, operation.kind === "backup" ? "fail" : "restored", changes);
    await releaseParked(tables, backup);
    return true;
  });
}
