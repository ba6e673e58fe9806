/** The rows of a backup while it is created: made together with the volume's, settled together with it. */
import type { BackupRecord, NewBackup } from "../catalog/backups.js";
import type { CatalogTables } from "../catalog/catalog.js";
import type { NewVolume, VolumeRecord } from "../catalog/volumes.js";
import { CancelledError, InvalidStateError, isAshlarError } from "../errors.js";
import { backupPrefix, defaultContainer } from "../format/names.js";
import type { BackupResult } from "../pipeline/backup.js";
import type { ObjectSink } from "../sinks/sink.js";
import { gibOf } from "../units.js";
import { OWNER, type ServiceContext } from "./context.js";
import type { Operation } from "./operation.js";
import type { CreateBackupRequest } from "./service.js";
import { BACKUP_STATES, VOLUME_STATES } from "./states.js";
import { checkUnregistered } from "./volumes.js";

export type CreationRow = NewBackup & {
  readonly container: string;
  readonly serviceMetadata: string;
  readonly createdAt: Date;
};

export interface NewCreation {
  readonly request: CreateBackupRequest;
  readonly sink: ObjectSink;
  /** Bytes of the volume. */
  readonly size: number;
  readonly parentId: string | null;
  /** The volume's row, where there was one before. */
  readonly known: VolumeRecord | undefined;
  readonly volume: VolumeRecord | NewVolume;
}

/** The row, not added yet. */
export function describeCreation(
  { settings, host }: ServiceContext,
  { request, sink, size, parentId, volume }: NewCreation,
): CreationRow {
  const id = crypto.randomUUID();
  const createdAt = host.clock.now();
  const availabilityZone = request.availabilityZone ?? settings.availabilityZone;
  // The name has the service's zone in the reference system too, whatever was asked for.
  const parts = {
    volumeId: volume.id,
    backupId: id,
    availabilityZone: settings.availabilityZone,
    startedAt: createdAt,
  };
  return {
    ...OWNER,
    id,
    volumeId: volume.id,
    status: "creating",
    availabilityZone,
    container: request.container ?? settings.container ?? defaultContainer(sink.naming, id),
    serviceMetadata: backupPrefix(sink.naming, parts),
    service: sink.service,
    parentId,
    size: gibOf(size),
    volumeSize: size,
    name: request.name ?? null,
    description: request.description ?? null,
    metadata: request.metadata ?? {},
    repository: settings.repository,
    dataTimestamp: createdAt,
    createdAt,
    holder: host.holder,
  };
}

/** Resolves to the volume as it was before the backup took hold of it. */
export async function beginCreation(
  { catalog, host }: ServiceContext,
  row: CreationRow,
  { known, volume, operation }: NewCreation & { readonly operation: Operation },
): Promise<VolumeRecord> {
  return await catalog.transaction(async (tables) => {
    const { volumes, backups } = tables;
    if (row.parentId != null) await checkParent(tables, row.parentId);
    if (known === undefined) {
      await checkUnregistered(volumes, volume.source!);
      await volumes.insert(volume);
    }
    const before = await volumes.byId(volume.id);
    const changes = { previousStatus: before?.status ?? null, holder: host.holder };
    if (before === undefined || !(await VOLUME_STATES.move(volumes, volume.id, "backup", changes))) {
      const state = before?.status ?? "gone";
      throw new InvalidStateError(
        `Cannot back up volume ${volume.id}: another operation on it has just begun, it is ${state}`,
      );
    }
    await backups.insert(row);
    await tables.operations.update(operation.number, { backupId: row.id, volumeId: volume.id });
    return before;
  });
}

async function checkParent({ backups }: CatalogTables, id: string): Promise<void> {
  const status = (await backups.byId(id))?.status;
  if (status !== undefined && BACKUP_STATES.allows("base", status)) return;
  throw new InvalidStateError(`Cannot base an incremental on backup ${id}: it is ${status ?? "gone"}`);
}

const DELETED = "Cancelled: the backup was deleted while it was created";

interface Creation {
  readonly row: CreationRow;
  /** As `beginCreation` found it. */
  readonly volume: VolumeRecord;
  readonly operation: Operation;
}

/** @throws CancelledError when the backup was deleted meanwhile; InvalidStateError when this process was taken for dead */
export async function completeCreation(
  { catalog }: ServiceContext,
  { row, volume }: Creation,
  result: BackupResult,
): Promise<BackupRecord> {
  const { storedSize, manifestSha256, digestTableSha256, objects } = result;
  return await catalog.transaction(async ({ volumes, backups }) => {
    const changes = {
      storedSize,
      manifestSha256,
      digestTableSha256,
      objectCount: objects.length,
      holder: null,
    };
    const current = await backups.byId(row.id);
    if (current === undefined || current.status === "deleting") throw new CancelledError(DELETED);
    const isOurs = current.holder === row.holder;
    if (!isOurs || !(await BACKUP_STATES.move(backups, row.id, "complete", changes))) {
      throw new InvalidStateError(`Cannot complete backup ${row.id}: it was taken for dead, and repaired`);
    }
    const { status } = volume;
    const released = { status, previousStatus: "backing-up", holder: null, size: row.volumeSize! };
    await VOLUME_STATES.move(volumes, volume.id, "backed-up", released);
    return (await backups.byId(row.id))!;
  });
}

/**
 * Records the failure, or forgets the backup when it was cancelled. Whether its objects are to go: not when the
 * catalog says that it is complete, nor when it says nothing, and then the next start repairs it.
 */
export async function failCreation(
  { catalog }: ServiceContext,
  { row, volume, operation }: Creation,
  error: unknown,
): Promise<boolean> {
  try {
    return await catalog.transaction(async (tables) => {
      const { backups } = tables;
      // A backup that another process stopped is that one's to forget, or to keep in error.
      const isCancelled = isAshlarError(error, "cancelled") && operation.cancelReason === undefined;
      const failReason = error instanceof Error ? error.message : String(error);
      const changes = { failReason, holder: null };
      const isOurs = (await backups.byId(row.id))?.holder === row.holder;
      if (isOurs && (await BACKUP_STATES.move(backups, row.id, "fail", changes)) && isCancelled)
        await backups.remove(row.id);
      await releaseVolume(tables, { row, volume, operation });
      return (await backups.byId(row.id))?.status !== "available";
    });
  } catch {
    return false;
  }
}

/** Also where the backup is another process's by now: the volume is still this one's. */
async function releaseVolume({ volumes }: CatalogTables, { row, volume }: Creation): Promise<void> {
  if ((await volumes.byId(volume.id))?.holder !== row.holder) return;
  const { status } = volume;
  const released = { status, previousStatus: "error_backing-up", holder: null };
  await VOLUME_STATES.move(volumes, volume.id, "backed-up", released);
}
