/** Continues the work that a service had accepted before it was stopped. */
import type { BackupRow } from "../../catalog/backups.js";
import type { VolumeRow, VolumeStatus } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { type CreationRow, failCreation, takeSubject } from "../backups/create-rows.js";
import { handOverRows } from "../backups/parked.js";
import { giveUpRestore, type Restoration } from "../backups/restore-rows.js";
import { resolveSubject, type Subject } from "../backups/subject.js";
import type { ServiceContext } from "../context.js";
import { PARKED } from "../operations/liveness.js";
import { isHere } from "../volumes/here.js";
import { startCreation } from "./create-backup.js";
import { resumeCreation } from "./create-volume.js";
import { startRestoration } from "./restore-backup.js";

/** Resolves to the number of operations that were resumed, the oldest first. */
export async function resume(context: ServiceContext): Promise<number> {
  const { backups, volumes } = context.catalog;
  let count = 0;
  const attempt = async (row: BackupRow | VolumeRow, work: (owner: ServiceContext) => Promise<boolean>) => {
    // The work was authorized when it was accepted.
    const caller = { userId: row.userId ?? "", projectId: row.projectId ?? "", roles: ["admin"] };
    try {
      if (await work({ ...context, caller })) count++;
    } catch (error) {
      context.host.warn?.(`cannot resume the work on ${row.id}: ${(error as Error).message}`);
    }
  };
  for (const row of (await volumes.list({ holder: PARKED, status: "creating" })).reverse())
    if (isHere(row.source)) await attempt(row, (owner) => resumeVolume(owner, row));
  for (const row of (await backups.list({ holder: PARKED })).reverse())
    if (await isOfHost(context, row))
      await attempt(row, (owner) =>
        row.status === "creating" ? resumeBackup(owner, row) : resumeRestore(owner, row),
      );
  return count;
}

/** Whether the volume or snapshot that the work needs can be opened here; else its own host resumes it. */
async function isOfHost(
  { catalog: { volumes, snapshots } }: ServiceContext,
  { status, volumeId, snapshotId, restoreVolumeId }: BackupRow,
): Promise<boolean> {
  if (status !== "creating") return isHere((await volumes.byId(restoreVolumeId ?? ""))?.source ?? null);
  if (snapshotId === null) return isHere((await volumes.byId(volumeId))?.source ?? null);
  return isHere((await snapshots.byId(snapshotId))?.source ?? null);
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

async function resumeBackup(context: ServiceContext, parked: BackupRow): Promise<boolean> {
  const { catalog, host } = context;
  const { id: backupId, volumeId, snapshotId } = parked;
  const taken = { backupId, volumeId, snapshotId: snapshotId ?? undefined };
  const handOver = { from: PARKED, to: host.holder };
  if (!(await catalog.transaction((tables) => handOverRows(tables, taken, handOver)))) return false;
  const row = { ...parked, holder: host.holder } as CreationRow;
  const volume = await catalog.volumes.byId(volumeId);
  if (volume === undefined)
    throw new InvalidStateError(`Cannot resume backup ${backupId}: its volume is gone`);
  const { previousStatus } = volume;
  const isTaken = snapshotId === null && volume.holder === host.holder;
  const before = isTaken ? { ...volume, status: previousStatus as VolumeStatus } : volume;
  try {
    const subject = await subjectOf(context, parked, volume);
    const { name, description, metadata, container, availabilityZone, parentId } = parked;
    startCreation(
      context,
      {
        ...{ volume: volumeId, metadata, incremental: parentId !== null, force: true },
        ...{ name: name ?? undefined, description: description ?? undefined },
        ...{ container: container ?? undefined, availabilityZone: availabilityZone ?? undefined },
      },
      { row, subject, volume: before, hasBegun: false, stopping: context.background.signal },
    );
    return true;
  } catch (error) {
    await failCreation(context, { row, volume: before, snapshot: undefined, operation: undefined }, error);
    throw error;
  }
}

/** What the backup reads; a temporary snapshot was removed when the backup was parked, and is made again. */
async function subjectOf(
  context: ServiceContext,
  { snapshotId }: BackupRow,
  volume: VolumeRow,
): Promise<Subject> {
  const { catalog, host } = context;
  const { source, holder } = volume;
  if (snapshotId !== null) {
    const snapshot = await catalog.snapshots.byId(snapshotId);
    if (snapshot?.holder !== host.holder)
      throw new InvalidStateError(`Cannot resume the backup of snapshot ${snapshotId}: it is gone`);
    return { volume, source: snapshot.source, snapshot };
  }
  if (holder === host.holder && source !== null) return { volume, source, snapshot: undefined };
  const subject = await resolveSubject(context, { volume: volume.id, force: true });
  const { snapshot } = subject;
  await catalog.transaction((tables) =>
    takeSubject(tables, { volumeId: volume.id, snapshot, holder: host.holder }),
  );
  return subject;
}

async function resumeRestore(context: ServiceContext, parked: BackupRow): Promise<boolean> {
  const { catalog, host } = context;
  const { id: backupId, restoreVolumeId } = parked;
  const taken = { backupId, volumeId: restoreVolumeId ?? "" };
  const handOver = { from: PARKED, to: host.holder };
  if (!(await catalog.transaction((tables) => handOverRows(tables, taken, handOver)))) return false;
  const backup = { ...parked, holder: host.holder };
  const volume = await catalog.volumes.byId(taken.volumeId);
  const path = volume?.source ?? "";
  const isNew = (await host.fileSystem.status(path)) === undefined;
  const sizeMin = volume?.size ?? 0;
  const name = volume?.name ?? taken.volumeId;
  const restoration: Restoration = {
    ...{ backup, volumeId: taken.volumeId, before: volume, isKept: true },
    destination: { volume, path, name, isNew, isUseForced: false, sizeMin },
  };
  if (volume === undefined) {
    await giveUpRestore(context, restoration, { isTouched: true, isCancelled: false });
    throw new InvalidStateError(`Cannot resume the restore of backup ${backupId}: its volume is gone`);
  }
  startRestoration(context, restoration);
  return true;
}
