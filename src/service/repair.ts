/**
 * What a process left that died at work, put right by the next one that opens the catalog:
 *
 *     creating   its objects are removed, the backup is in error, the volume as before
 *     restoring  the backup is available again, the volume in error_restoring
 *     deleting   the deletion is finished
 *
 * A row belongs to the process that its holder names. Of several that find it dead, the one whose status change
 * happens does the work; removing objects twice does no harm.
 */
import type { BackupRecord } from "../catalog/backups.js";
import type { VolumeRecord, VolumeStatus } from "../catalog/volumes.js";
import { discard } from "../pipeline/discard.js";
import type { ServiceContext } from "./context.js";
import { finishDelete } from "./delete.js";

/** The reference system's reason for the same repair. */
const CREATE_REASON = "incomplete backup reset on manager restart";
const RESTORE_REASON = "the process that restored this backup ended before it was done";

/** Repairs what it can; what cannot be repaired now (a repository that is not there) is left for the next start. */
export async function repair(context: ServiceContext): Promise<void> {
  const { catalog, host } = context;
  for (const volume of await catalog.volumes.held()) {
    if (!(await host.isAlive(volume.holder!))) await repairVolume(context, volume);
  }
  for (const backup of await catalog.backups.held()) {
    if (await host.isAlive(backup.holder!)) continue;
    try {
      await repairBackup(context, backup);
    } catch {
      // The row says what is wrong with it; whoever opened the catalog came for something else.
    }
  }
}

async function repairVolume(
  { catalog }: ServiceContext,
  { id, status, previousStatus }: VolumeRecord,
): Promise<void> {
  if (status === "backing-up") {
    const before = previousStatus === "in-use" ? "in-use" : "available";
    const changes = { previousStatus: "error_backing-up", holder: null };
    await catalog.volumes.transition(id, [status], before satisfies VolumeStatus, changes);
  } else if (status === "restoring-backup") {
    await catalog.volumes.transition(id, [status], "error_restoring", { holder: null });
  }
}

async function repairBackup(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { catalog, host } = context;
  const { id, status, container, serviceMetadata: prefix } = backup;
  switch (status) {
    case "creating": {
      if (container !== null && prefix !== null) {
        await discard(await host.openRepository(backup.repository), container, prefix);
      }
      const changes = { failReason: CREATE_REASON, holder: null };
      await catalog.backups.transition(id, [status], "error", changes);
      break;
    }
    case "restoring":
      await catalog.backups.transition(id, [status], "available", {
        failReason: RESTORE_REASON,
        holder: null,
      });
      break;
    case "deleting":
      await finishDelete(context, backup);
      break;
    default:
      await catalog.backups.update(id, { holder: null });
  }
}
