/** Rows of accepted work on which no process works: it waits for a worker, or its process was stopped. They stay taken. */

import type { BackupRow } from "../../catalog/backups.js";
import type { CatalogTables } from "../../catalog/catalog.js";
import { PARKED } from "../../catalog/operations.js";
import { SNAPSHOT_STATES, VOLUME_STATES } from "../states/states.js";

/** The rows that one operation has taken. */
export interface TakenRows {
  readonly backupId: string;
  readonly volumeId: string;
  readonly snapshotId?: string | undefined;
}

/** Hands the rows over, as far as `from` holds them. Resolves to whether it holds the backup. */
export async function handOverRows(
  { backups, volumes, snapshots }: CatalogTables,
  { backupId, volumeId, snapshotId }: TakenRows,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  if ((await backups.byId(backupId))?.holder !== from) return false;
  await backups.update(backupId, { holder: to });
  if ((await volumes.byId(volumeId))?.holder === from) await volumes.update(volumeId, { holder: to });
  if (snapshotId !== undefined && (await snapshots.byId(snapshotId))?.holder === from)
    await snapshots.update(snapshotId, { holder: to });
  return true;
}

/** Releases the volume or snapshot of parked work that is not to be resumed, and removes its operation. */
export async function releaseParked(
  { volumes, snapshots, operations }: CatalogTables,
  { id, volumeId, restoreVolumeId, snapshotId }: BackupRow,
): Promise<void> {
  for (const { number, holder } of await operations.onBackup(id))
    if (holder === PARKED) await operations.remove(number);
  const volume = await volumes.byId(restoreVolumeId ?? volumeId);
  if (volume?.holder === PARKED) {
    const { previousStatus } = volume;
    const status = previousStatus === "in-use" ? "in-use" : "available";
    if (volume.status === "backing-up")
      await VOLUME_STATES.move(volumes, volume.id, "backed-up", { status, holder: null });
    else await VOLUME_STATES.move(volumes, volume.id, "fail-restore", { holder: null });
  }
  if (snapshotId !== null && (await snapshots.byId(snapshotId))?.holder === PARKED)
    await SNAPSHOT_STATES.move(snapshots, snapshotId, "backed-up", { holder: null });
}
