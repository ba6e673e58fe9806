/** Sets a status by hand when nothing else can correct it; also the reference system's way to stop a restore. */

import type { BackupRow } from "../../catalog/backups.js";
import { PARKED } from "../../catalog/operations.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { releaseParked } from "../operations/parked.js";
import { isStored } from "../repositories/stored.js";
import type { ResetStatus, VolumeResetStatus } from "../requests.js";
import { BACKUP_STATES, VOLUME_STATES } from "../states/states.js";
import { getVolume } from "../volumes/meaning.js";
import { stopOperations } from "./stop.js";

/**
 * Setting a backup to error first stops the operations on it. A backup whose restore or consolidation is stopped this
 * way is available again, because nothing is wrong with it; the volume that was restored to is in error. A backup whose
 * creation is stopped is in error, and its objects are gone.
 * @throws InvalidStateError for a status that cannot be left, and for a backup without a manifest that would become
 *   available
 */
export async function resetBackup(
  context: ServiceContext,
  nameOrId: string,
  status: ResetStatus,
): Promise<BackupRow> {
  const { backups } = context.catalog;
  const backup = await findVisible(context, backups, nameOrId);
  const event = `reset-${status}` as const;
  context.events.emit("reset_status.start", backup);
  BACKUP_STATES.check(backup, event);
  if (status === "available") await requireStored(context, backup);
  const isStopped =
    status === "error" &&
    backup.status !== "available" &&
    (await stopOperations(context, backup.id, "the backup was set to error"));
  const isSettled = isStopped && (backup.status === "restoring" || backup.status === "consolidating");
  if (!isSettled) await move(context, backup, status);
  const after = (await backups.byId(backup.id)) ?? backup;
  context.events.emit("reset_status.end", after);
  return after;
}

async function move({ catalog }: ServiceContext, backup: BackupRow, status: ResetStatus): Promise<void> {
  const event = `reset-${status}` as const;
  const changes = { holder: null, ...(status === "available" && { failReason: null }) };
  const isMoved = await catalog.transaction(async (tables) => {
    const row = await tables.backups.byId(backup.id);
    if (!(await BACKUP_STATES.move(tables.backups, backup.id, event, changes))) return false;
    if (row?.holder === PARKED) await releaseParked(tables, row);
    return true;
  });
  if (isMoved) return;
  const current = await catalog.backups.byId(backup.id);
  if (current !== undefined) BACKUP_STATES.check(current, event);
  throw new InvalidStateError(`Cannot reset backup ${backup.id}: another operation on it has just begun`);
}

async function requireStored(context: ServiceContext, backup: BackupRow): Promise<void> {
  if (await isStored(context, backup)) return;
  throw new InvalidStateError(
    `Cannot reset backup ${backup.id} to available: its manifest is not in the repository, so it cannot be restored`,
  );
}

export async function resetVolume(
  context: ServiceContext,
  nameOrId: string,
  status: VolumeResetStatus,
): Promise<VolumeRow> {
  const { volumes } = context.catalog;
  const volume = await getVolume(context, nameOrId);
  VOLUME_STATES.check(volume, "reset");
  if (!(await VOLUME_STATES.move(volumes, volume.id, "reset", { status })))
    throw new InvalidStateError(`Cannot reset volume ${volume.id}: another operation on it has just begun`);
  return { ...volume, status };
}
