/**
 * The row of a backup while it is consolidated. It names two prefixes in its container: the backup's, and a spare
 * one. One transaction exchanges them: before it, the new objects are spare; after it, the replaced ones are. So the
 * row points to a whole backup at any time, and the objects under the spare prefix can be deleted.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { CatalogTables } from "../../catalog/catalog.js";
import type { OperationKind, OperationRow } from "../../catalog/operations.js";
import { CancelledError, InvalidStateError, isAshlarError } from "../../errors.js";
import { backupPrefix } from "../../format/names.js";
import type { BackupResult } from "../../pipeline/backup.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { requireLease } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { BACKUP_STATES } from "../states/states.js";

/** The prefix of a backup that starts now, different from both prefixes that the row names. */
export function newPrefix(
  { settings, host }: ServiceContext,
  { naming }: Pick<ObjectSink, "naming">,
  { id, volumeId, serviceMetadata, sparePrefix }: BackupRow,
): string {
  const { availabilityZone } = settings;
  for (let startedAt = host.clock.now(); ; startedAt = new Date(startedAt.getTime() + 1000)) {
    const prefix = backupPrefix(naming, { volumeId, backupId: id, availabilityZone, startedAt });
    if (prefix === serviceMetadata || prefix === sparePrefix) continue;
    if (serviceMetadata === null || !isStartOfOther(prefix, serviceMetadata)) return prefix;
    // Objects are listed by prefix, so the objects of one would count as the other's.
    throw new InvalidStateError(
      `Cannot consolidate backup ${id}: its prefix "${serviceMetadata}" does not leave room for another`,
    );
  }
}

function isStartOfOther(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** @throws InvalidStateError when another operation on the backup has begun */
export async function beginConsolidation(
  { catalog, host }: ServiceContext,
  { id, volumeId }: BackupRow,
  { prefix, operation }: { readonly prefix: string; readonly operation: RunningOperation },
): Promise<BackupRow> {
  return await catalog.transaction(async (tables) => {
    const { backups, operations } = tables;
    await requireLease(tables, operation, `consolidate backup ${id}`);
    const changes = { holder: host.holder, sparePrefix: prefix };
    if (!(await BACKUP_STATES.move(backups, id, "consolidate", changes)))
      throw new InvalidStateError(`Cannot consolidate backup ${id}: another operation on it has just begun`);
    await operations.update(operation.number, { volumeId });
    return (await backups.byId(id))!;
  });
}

export interface Consolidated {
  readonly backup: BackupRow;
  /** Numbers of the operations that may be reading the replaced objects. */
  readonly readers: readonly number[];
}

interface Completion {
  readonly result: BackupResult;
  /** Bytes of the volume. */
  readonly volumeSize: number;
  readonly operation: RunningOperation;
}

/**
 * Exchanges the two prefixes: from now on the backup is a full one.
 * @throws CancelledError when the backup was deleted meanwhile; InvalidStateError when the lease was lost
 */
export async function completeConsolidation(
  { catalog }: ServiceContext,
  { id }: BackupRow,
  { result, volumeSize, operation }: Completion,
): Promise<Consolidated> {
  return await catalog.transaction(async (tables) => {
    const { backups } = tables;
    const current = await backups.byId(id);
    if (current === undefined || current.status === "deleting")
      throw new CancelledError("Cancelled: the backup was deleted while it was consolidated");
    await requireLease(tables, operation, `consolidate backup ${id}`);
    if (!BACKUP_STATES.allows("consolidated", current.status))
      throw new InvalidStateError(`Cannot consolidate backup ${id}: it is ${current.status}`);
    // Read before the exchange, which takes the backup out of its chain.
    const readers = await readersOf(tables, current, operation.number);
    await BACKUP_STATES.move(backups, id, "consolidated", {
      holder: null,
      failReason: null,
      serviceMetadata: current.sparePrefix,
      parentId: null,
      sparePrefix: current.serviceMetadata,
      spareParentId: current.parentId,
      manifestSha256: result.manifestSha256,
      digestTableSha256: result.digestTableSha256,
      storedSize: result.storedSize,
      objectCount: result.objects.length,
      volumeSize,
    });
    // The remaining wait for readers needs neither a slot nor memory.
    await tables.operations.update(operation.number, { slots: 0, memory: 0 });
    return { backup: (await backups.byId(id))!, readers: readers.map(({ number }) => number) };
  });
}

/** Restores the backup's status, with the reason unless the caller cancelled; the new objects stay spare. */
export async function failConsolidation(
  { catalog }: ServiceContext,
  { id }: BackupRow,
  { error, operation }: { readonly error: unknown; readonly operation: RunningOperation },
): Promise<BackupRow | undefined> {
  return await catalog.transaction(async ({ backups, operations }) => {
    const isOwn = isAshlarError(error, "cancelled") && operation.cancelReason === undefined;
    const failReason = error instanceof Error ? error.message : String(error);
    if (await operations.isHeld(operation.number))
      await BACKUP_STATES.move(backups, id, "consolidated", { holder: null, ...(!isOwn && { failReason }) });
    return await backups.byId(id);
  });
}

const READING: readonly OperationKind[] = ["restore", "verify", "consolidate", "copy"];

/**
 * The operations that may be reading the backup's objects under their present prefix: operations on it or on its
 * dependents, and backups of its volume. Waiting operations are not among them, because they look up the prefix again
 * when they start.
 */
export async function readersOf(
  { backups, operations }: Pick<CatalogTables, "backups" | "operations">,
  { id, volumeId }: BackupRow,
  ownNumber?: number,
): Promise<OperationRow[]> {
  const parents = await backups.parents();
  const standsOn = (start: string | null): boolean => {
    const seen = new Set<string>();
    for (let current = start; current !== null && !seen.has(current); ) {
      if (current === id) return true;
      seen.add(current);
      current = parents.get(current) ?? null;
    }
    return false;
  };
  return (await operations.list()).filter(
    (operation) =>
      operation.number !== ownNumber &&
      operation.state === "running" &&
      (operation.kind === "backup"
        ? operation.volumeId === volumeId
        : READING.includes(operation.kind) && standsOn(operation.backupId)),
  );
}
