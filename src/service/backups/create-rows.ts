/** The rows of a backup while it is created: added together with the volume's, and settled together with it. */
import type { BackupRow, NewBackup } from "../../catalog/backups.js";
import type { CatalogTables } from "../../catalog/catalog.js";
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { NewVolume, VolumeRow } from "../../catalog/volumes.js";
import { CancelledError, InvalidStateError, isAshlarError } from "../../errors.js";
import { backupPrefix, defaultContainer } from "../../format/names.js";
import type { BackupResult } from "../../pipeline/backup.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { gibOf } from "../../units.js";
import { ownerOf } from "../access/caller.js";
import type { ServiceContext } from "../context.js";
import { endOperation } from "../operations/admission.js";
import { requireLease } from "../operations/fence.js";
import { park } from "../operations/queue.js";
import { printRequest } from "../operations/queued-request.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { type LockFields, lockFor } from "../repositories/locks.js";
import type { CreateBackupRequest } from "../requests.js";
import { BACKUP_STATES, SNAPSHOT_STATES, VOLUME_STATES } from "../states/states.js";
import { checkUnregistered } from "../volumes/volumes.js";
import type { Subject } from "./subject.js";

export type CreationRow = NewBackup & {
  readonly container: string;
  readonly serviceMetadata: string;
  readonly createdAt: Date;
} & LockFields;

/** A backup that was recorded, and that holds what it reads, before its turn came. */
export interface AcceptedCreation {
  readonly row: CreationRow;
  readonly subject: Subject;
  /** The volume as it was. */
  readonly volume: VolumeRow;
  /** Whether its turn has come: after that, `failCreation` settles a failure. */
  hasBegun: boolean;
  /** Aborted when the process is stopped: the work is then parked instead of given up. */
  readonly stopping: AbortSignal;
  /** The operation, if it was queued and this process has taken it. */
  readonly queued?: TakenOperation | undefined;
}

/** An operation that this process has taken from the queue. */
export interface TakenOperation {
  /** `undefined` once it was admitted and has to be admitted again. */
  number: number | undefined;
  readonly request: string | null;
}

export interface NewCreation {
  readonly request: CreateBackupRequest;
  readonly sink: ObjectSink;
  /** Bytes of the volume; 0 for a stream, until it ends. */
  readonly size: number;
  readonly parentId: string | null;
  /** The volume's row if the volume was registered before. */
  readonly known: VolumeRow | undefined;
  readonly volume: VolumeRow | NewVolume;
  /** The snapshot that is read instead of the volume, whose own status then stays. */
  readonly snapshot: SnapshotRow | undefined;
  readonly accepted?: AcceptedCreation | undefined;
}

/** The backup's row: not added yet, or an accepted row as it is to become. */
export function describeCreation(
  context: ServiceContext,
  { request, sink, size, parentId, volume, snapshot, accepted }: NewCreation,
): CreationRow {
  if (accepted !== undefined) return { ...accepted.row, parentId, size: gibOf(size), volumeSize: size };
  const { settings, host } = context;
  const id = crypto.randomUUID();
  const createdAt = host.clock.now();
  const availabilityZone = request.availabilityZone ?? settings.availabilityZone;
  // The prefix contains the service's zone, whatever zone was requested, as in the reference system.
  const parts = {
    volumeId: volume.id,
    backupId: id,
    availabilityZone: settings.availabilityZone,
    startedAt: createdAt,
  };
  return {
    ...ownerOf(context),
    id,
    volumeId: volume.id,
    status: "creating",
    hasContainer: false,
    availabilityZone,
    container: request.container ?? settings.container ?? defaultContainer(sink.naming, id),
    serviceMetadata: backupPrefix(sink.naming, parts),
    service: sink.service,
    parentId,
    encryptionKeyId: volume.encryptionKeyId ?? null,
    size: gibOf(size),
    volumeSize: size,
    name: request.name ?? null,
    description: request.description ?? null,
    metadata: request.metadata ?? {},
    repository: settings.repository,
    // A temporary snapshot will be gone when somebody looks for it.
    snapshotId: snapshot === undefined || snapshot.temporary ? null : snapshot.id,
    dataTimestamp: snapshot?.createdAt ?? createdAt,
    createdAt,
    holder: host.holder,
    ...lockFor(context, request.retentionMs),
  };
}

/** Resolves to the volume as it was before the backup took hold of it. */
export async function beginCreation(
  context: ServiceContext,
  row: CreationRow,
  { known, volume, snapshot, operation, accepted }: NewCreation & { readonly operation: RunningOperation },
): Promise<VolumeRow> {
  const { catalog, host } = context;
  return await catalog.transaction(async (tables) => {
    const { volumes, backups } = tables;
    await requireLease(tables, operation, "back up volume");
    if (row.parentId != null) await checkParent(tables, row.parentId);
    if (accepted !== undefined) {
      const { parentId = null, size, volumeSize = null } = row;
      if (!(await backups.transition(row.id, ["creating"], "creating", { parentId, size, volumeSize })))
        throw new CancelledError(DELETED);
      accepted.hasBegun = true;
      return accepted.volume;
    }
    if (known === undefined) {
      if (volume.source != null) await checkUnregistered(context, volumes, volume.source);
      await volumes.insert(volume);
    }
    const before = await takeSubject(tables, { volumeId: volume.id, snapshot, holder: host.holder });
    await backups.insert(row);
    await tables.operations.update(operation.number, { backupId: row.id, volumeId: volume.id });
    return before;
  });
}

interface Taking {
  readonly volumeId: string;
  readonly snapshot: SnapshotRow | undefined;
  readonly holder: string;
}

/** Takes the volume, or the snapshot if one is read instead. Resolves to the volume as it was before. */
export async function takeSubject(
  { volumes, snapshots }: CatalogTables,
  { volumeId, snapshot, holder }: Taking,
): Promise<VolumeRow> {
  const before = await volumes.byId(volumeId);
  const changes = { previousStatus: before?.status ?? null, holder };
  const isTaken =
    snapshot === undefined
      ? await VOLUME_STATES.move(volumes, volumeId, "backup", changes)
      : await SNAPSHOT_STATES.move(snapshots, snapshot.id, "backup", { holder });
  if (before !== undefined && isTaken) return before;
  const state = before?.status ?? "gone";
  throw new InvalidStateError(
    snapshot === undefined
      ? `Cannot back up volume ${volumeId}: another operation on it has just begun, it is ${state}`
      : `Cannot back up snapshot ${snapshot.id}: another operation on it has just begun`,
  );
}

async function checkParent({ backups }: CatalogTables, id: string): Promise<void> {
  const status = (await backups.byId(id))?.status;
  if (status !== undefined && BACKUP_STATES.allows("base", status)) return;
  throw new InvalidStateError(`Cannot base an incremental on backup ${id}: it is ${status ?? "gone"}`);
}

const DELETED = "Cancelled: the backup was deleted while it was created";

interface Creation {
  readonly row: CreationRow;
  /** The volume as `beginCreation` found it. */
  readonly volume: VolumeRow;
  readonly snapshot: SnapshotRow | undefined;
  /** `undefined` before the operation has been admitted. */
  readonly operation: RunningOperation | undefined;
  /** Whether the backup is left for another process. */
  readonly isParked?: boolean;
  readonly queued?: TakenOperation | undefined;
}

/**
 * Makes the backup available and ends its operation, in one transaction.
 * @throws CancelledError when the backup was deleted meanwhile; InvalidStateError when the lease was lost
 */
export async function completeCreation(
  { catalog, host }: ServiceContext,
  { row, volume, snapshot, operation }: Creation & { readonly operation: RunningOperation },
  result: BackupResult,
): Promise<BackupRow> {
  const { volumeSize, storedSize, manifestSha256, digestTableSha256, objects } = result;
  const complete = async (tables: CatalogTables): Promise<BackupRow> => {
    const { volumes, backups, snapshots } = tables;
    const changes = {
      volumeSize,
      size: gibOf(volumeSize),
      storedSize,
      manifestSha256,
      digestTableSha256,
      objectCount: objects.length,
      holder: null,
    };
    const current = await backups.byId(row.id);
    if (current === undefined || current.status === "deleting") throw new CancelledError(DELETED);
    await requireLease(tables, operation, `complete backup ${row.id}`);
    if (!(await BACKUP_STATES.move(backups, row.id, "complete", changes)))
      throw new InvalidStateError(`Cannot complete backup ${row.id}: it is ${current.status}`);
    const { status } = volume;
    const released = { status, previousStatus: "backing-up", holder: null, size: volumeSize };
    if (snapshot === undefined) await VOLUME_STATES.move(volumes, volume.id, "backed-up", released);
    else await SNAPSHOT_STATES.move(snapshots, snapshot.id, "backed-up", holderAfter(snapshot, row));
    await endOperation(tables, operation, host);
    return (await backups.byId(row.id))!;
  };
  return await operation.leave(() => catalog.transaction(complete));
}

/**
 * Records the failure, or removes the backup's row when it was cancelled. Resolves to whether its objects are to be
 * removed: not when the catalog records the backup as complete, nor when the catalog cannot be reached; the next start
 * then repairs it.
 */
export async function failCreation(
  context: ServiceContext,
  { row, volume, snapshot, operation, isParked = false, queued }: Creation,
  error: unknown,
): Promise<boolean> {
  try {
    const request = isParked ? (queued?.request ?? (await describeAccepted(context, row))) : null;
    return await context.catalog.transaction(async (tables) => {
      const { backups, operations } = tables;
      // If the lease was lost, all rows are the repairer's, and may belong to the next operation already.
      const number = operation?.number ?? queued?.number;
      if (operation !== undefined && !(await operations.isHeld(operation.number))) return false;
      const taken = {
        ...{ backupId: row.id, volumeId: volume.id },
        ...(snapshot?.temporary === false && { snapshotId: snapshot.id }),
      };
      if (isParked && (await park(tables, context, { kind: "backup", ...taken, number, request })))
        return true;
      if (operation === undefined && number !== undefined)
        await operations.removeHeld(number, context.host.holder);
      // If another process cancelled the backup, that process removes the row, or keeps it in error.
      const isCancelled = isAshlarError(error, "cancelled") && operation?.cancelReason === undefined;
      const failReason = error instanceof Error ? error.message : String(error);
      const changes = { failReason, holder: null };
      const isOurs = (await backups.byId(row.id))?.holder === row.holder;
      if (isOurs && (await BACKUP_STATES.move(backups, row.id, "fail", changes)) && isCancelled)
        await backups.remove(row.id);
      await releaseSubject(tables, { row, volume, snapshot, operation });
      return (await backups.byId(row.id))?.status !== "available";
    });
  } catch {
    return false;
  }
}

/** What was asked of a process that is stopped, for the one that continues. */
async function describeAccepted(
  { host, settings }: ServiceContext,
  { parentId }: CreationRow,
): Promise<string> {
  const { isEncrypted } = await host.openRepository(settings.repository);
  return printRequest({ incremental: parentId != null, force: true, settings, isEncrypted });
}

/** Releases what was read, also when the backup's row belongs to another process by now. */
async function releaseSubject(
  { volumes, snapshots }: CatalogTables,
  { row, volume, snapshot }: Creation,
): Promise<void> {
  if (snapshot !== undefined) {
    if ((await snapshots.byId(snapshot.id))?.holder === row.holder)
      await SNAPSHOT_STATES.move(snapshots, snapshot.id, "backed-up", holderAfter(snapshot, row));
    return;
  }
  if ((await volumes.byId(volume.id))?.holder !== row.holder) return;
  const { status } = volume;
  const released = { status, previousStatus: "error_backing-up", holder: null };
  await VOLUME_STATES.move(volumes, volume.id, "backed-up", released);
  // Registered for a stream that has not become a backup: nothing is known of it.
  if (volume.source === null && volume.size === 0) await volumes.remove(volume.id);
}

/** A temporary snapshot is removed with this backup, and held by this process until then. */
function holderAfter({ temporary }: SnapshotRow, { holder = null }: CreationRow): { holder: string | null } {
  return { holder: temporary ? holder : null };
}
