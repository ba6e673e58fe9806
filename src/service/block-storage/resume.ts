/** Continues work that was accepted and queued, and that no process works on. */
import type { BackupRow } from "../../catalog/backups.js";
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { VolumeRow, VolumeStatus } from "../../catalog/volumes.js";
import { InvalidStateError, UsageError } from "../../errors.js";
import { isVolumeUrl } from "../../sources/open.js";
import { type CreationRow, failCreation, type TakenOperation, takeSubject } from "../backups/create-rows.js";
import { giveUpRestore, type Restoration } from "../backups/restore-rows.js";
import { checkUnused, resolveSubject, type Subject } from "../backups/subject.js";
import type { ServiceContext } from "../context.js";
import { queueParked, take } from "../operations/queue.js";
import { canRun } from "../operations/queue-order.js";
import { readRequest } from "../operations/queued-request.js";
import { type BackupSettings, settingsWithin } from "../settings-within.js";
import { BACKUP_STATES } from "../states/states.js";
import { isHere } from "../volumes/here.js";
import { startCreation } from "./create-backup.js";
import { resumeCreation } from "./create-volume.js";
import { startRestoration } from "./restore-backup.js";

/** Resolves to the number of operations that were resumed, the oldest first. */
export async function resume(context: ServiceContext): Promise<number> {
  const { catalog } = context;
  let count = 0;
  for (const row of (await catalog.volumes.list({ holder: PARKED, status: "creating" })).reverse())
    if (isHere(row.source) && (await attempt(context, row, (owner) => resumeVolume(owner, row)))) count++;
  await queueParked(context);
  if (context.queuesWork) return count;
  for (const operation of await catalog.operations.heldBy(PARKED)) {
    if (!canRun({ host: catalog.host ?? null }, operation.host)) continue;
    const isTaken = await catalog.transaction((tables) =>
      take(tables, context, { operation, starts: false }),
    );
    if (isTaken && (await startTaken(context, operation))) count++;
  }
  return count;
}

/** Begins an operation that this process has taken from the queue. Resolves to whether that was possible. */
export async function startTaken(context: ServiceContext, operation: OperationRow): Promise<boolean> {
  const { number, backupId } = operation;
  const subject = { resourceType: "VOLUME_BACKUP", resourceId: backupId ?? "", number } as const;
  return await context.background.prepare(subject, () => prepareTaken(context, operation));
}

async function prepareTaken(context: ServiceContext, operation: OperationRow): Promise<boolean> {
  const { number, kind, request } = operation;
  const backup = await context.catalog.backups.byId(operation.backupId ?? "");
  const queued = { number, request };
  if (backup === undefined) {
    await context.catalog.operations.remove(number);
    return false;
  }
  return await attempt(context, backup, async (owner) => {
    if (kind === "backup") await resumeBackup(owner, backup, queued);
    else await resumeRestore(owner, backup, queued);
    return true;
  });
}

async function attempt(
  context: ServiceContext,
  row: BackupRow | VolumeRow,
  work: (owner: ServiceContext) => Promise<boolean>,
): Promise<boolean> {
  // The work was authorized when it was accepted.
  const caller = { userId: row.userId ?? "", projectId: row.projectId ?? "", roles: ["admin"] };
  try {
    return await work({ ...context, caller });
  } catch (error) {
    context.host.warn?.(`cannot resume the work on ${row.id}: ${(error as Error).message}`);
    return false;
  }
}

async function resumeVolume(context: ServiceContext, { id }: VolumeRow): Promise<boolean> {
  const { holder } = context.host;
  const volume = await context.catalog.transaction(async ({ volumes }) => {
    if ((await volumes.byId(id))?.holder !== PARKED) return undefined;
    await volumes.update(id, { holder });
    return await volumes.byId(id);
  });
  if (volume === undefined) return false;
  await resumeCreation(context, volume);
  return true;
}

async function resumeBackup(context: ServiceContext, row: BackupRow, queued: TakenOperation): Promise<void> {
  const { catalog, host } = context;
  const { id: backupId, volumeId, snapshotId } = row;
  const asked = readRequest(queued.request) ?? {};
  const owner = asked.settings === undefined ? context : within(context, asked.settings);
  const volume = await catalog.volumes.byId(volumeId);
  if (volume === undefined) {
    const failReason = `Cannot resume backup ${backupId}: its volume is gone`;
    await BACKUP_STATES.move(catalog.backups, backupId, "fail", { holder: null, failReason });
    await catalog.operations.remove(queued.number!);
    throw new InvalidStateError(failReason);
  }
  const isTaken = snapshotId === null && volume.holder === host.holder;
  const before = isTaken ? { ...volume, status: volume.previousStatus as VolumeStatus } : volume;
  try {
    if (asked.isEncrypted) await requireEncryption(owner, backupId);
    const subject = await subjectOf(owner, { backup: row, volume, isForced: asked.force ?? true });
    const { name, description, metadata, container, availabilityZone, parentId } = row;
    startCreation(
      owner,
      {
        ...{ volume: volumeId, metadata, incremental: asked.incremental ?? parentId !== null, force: true },
        ...{ name: name ?? undefined, description: description ?? undefined },
        ...{ container: container ?? undefined, availabilityZone: availabilityZone ?? undefined },
        batchSize: asked.batchSize,
      },
      {
        ...{ row: row as CreationRow, subject, volume: before, hasBegun: false, queued },
        stopping: context.background.signal,
      },
    );
  } catch (error) {
    const failed = { row: row as CreationRow, volume: before, snapshot: undefined, queued };
    await failCreation(context, { ...failed, operation: undefined }, error);
    throw error;
  }
}

/** @throws UsageError if this process would make a plain backup of one that was to be encrypted */
async function requireEncryption({ host, settings }: ServiceContext, backupId: string): Promise<void> {
  const { repository } = settings;
  if ((await host.openRepository(repository)).isEncrypted) return;
  throw new UsageError(
    `Cannot back up to "${repository}": backup ${backupId} was queued to be encrypted, and its worker has no key for that repository; start workers with the encryption_key of those who queue`,
  );
}

function within(context: ServiceContext, settings: BackupSettings): ServiceContext {
  return { ...context, settings: settingsWithin(context.settings, settings) };
}

interface Reading {
  readonly backup: BackupRow;
  readonly volume: VolumeRow;
  /** Whether the volume may be in use. */
  readonly isForced: boolean;
}

/** What the backup reads; a temporary snapshot is made now, because none outlives the process that made it. */
async function subjectOf(
  context: ServiceContext,
  { backup: { snapshotId }, volume, isForced }: Reading,
): Promise<Subject> {
  const { catalog, host } = context;
  const { source, holder } = volume;
  if (snapshotId !== null) {
    const snapshot = await catalog.snapshots.byId(snapshotId);
    if (snapshot?.holder !== host.holder)
      throw new InvalidStateError(`Cannot resume the backup of snapshot ${snapshotId}: it is gone`);
    return { volume, source: snapshot.source, snapshot };
  }
  if (holder === host.holder && source !== null) {
    if (!isForced) await checkUnused(context, volume.id, source);
    return { volume, source, snapshot: undefined };
  }
  const subject = await resolveSubject(context, { volume: volume.id, force: true });
  const { snapshot } = subject;
  await catalog.transaction((tables) =>
    takeSubject(tables, { volumeId: volume.id, snapshot, holder: host.holder }),
  );
  return subject;
}

async function resumeRestore(
  context: ServiceContext,
  backup: BackupRow,
  queued: TakenOperation,
): Promise<void> {
  const { catalog, host } = context;
  const { id: backupId, restoreVolumeId } = backup;
  const volumeId = restoreVolumeId ?? "";
  const volume = await catalog.volumes.byId(volumeId);
  const path = volume?.source ?? "";
  const isNew = !isVolumeUrl(path) && (await host.fileSystem.status(path)) === undefined;
  const sizeMin = volume?.size ?? 0;
  const name = volume?.name ?? volumeId;
  const restoration: Restoration = {
    ...{ backup, volumeId, before: volume, isKept: true },
    destination: { volume, path, name, isNew, isUseForced: false, sizeMin },
  };
  if (volume === undefined) {
    await giveUpRestore(context, restoration, { isTouched: true, isCancelled: false, queued });
    throw new InvalidStateError(`Cannot resume the restore of backup ${backupId}: its volume is gone`);
  }
  startRestoration(context, restoration, queued);
}
