/**
 * What a process left that died at work, put right by the next one that opens the catalog:
 *
 *     creating   its objects are removed, the backup is in error, the volume as before
 *     restoring  the backup is available again, the volume in error_restoring
 *     deleting   the deletion is finished
 *
 * A row belongs to the process that its holder names. Several may find it dead at once. Removing objects twice does
 * no harm; a status is changed only while the row is still the dead process's, for the one that was quicker may have
 * given it to the next operation already.
 */
import type { BackupRecord, BackupStatus } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { ServiceContext } from "./context.js";
import { finishDelete } from "./delete.js";
import { discardStored } from "./stored.js";
import { finishDeleteVolume } from "./volumes.js";

/** The reference system's reason for the same repair. */
const CREATE_REASON = "incomplete backup reset on manager restart";
const RESTORE_REASON = "the process that restored this backup ended before it was done";

/** Repairs what it can; what cannot be repaired now (a repository that is not there) is left for the next start. */
export async function repair(context: ServiceContext): Promise<void> {
  const { catalog, host } = context;
  for (const volume of await catalog.volumes.held()) {
    if (!(await host.isAlive(volume.holder!))) await unlessImpossible(() => repairVolume(context, volume));
  }
  for (const backup of await catalog.backups.held()) {
    if (!(await host.isAlive(backup.holder!))) await unlessImpossible(() => repairBackup(context, backup));
  }
}

/** The row says what is wrong with it; whoever opened the catalog came for something else. */
async function unlessImpossible(work: () => Promise<void>): Promise<void> {
  await work().catch(() => {});
}

async function repairVolume(context: ServiceContext, dead: VolumeRecord): Promise<void> {
  if (dead.status === "deleting") return await finishDeleteVolume(context, dead);
  await context.catalog.transaction(async ({ volumes }) => {
    const volume = await volumes.byId(dead.id);
    if (volume === undefined || volume.holder !== dead.holder) return;
    if (volume.status === "backing-up") {
      const before = volume.previousStatus === "in-use" ? "in-use" : "available";
      const changes = { previousStatus: "error_backing-up", holder: null };
      await volumes.transition(volume.id, ["backing-up"], before, changes);
    } else if (volume.status === "restoring-backup") {
      await volumes.transition(volume.id, ["restoring-backup"], "error_restoring", { holder: null });
    }
  });
}

async function repairBackup(context: ServiceContext, dead: BackupRecord): Promise<void> {
  switch (dead.status) {
    case "creating":
      await discardStored(context, dead);
      await settle(context, dead, { status: "error", failReason: CREATE_REASON });
      break;
    case "restoring":
      await settle(context, dead, { status: "available", failReason: RESTORE_REASON });
      break;
    case "deleting":
      await finishDelete(context, dead);
      break;
  }
}

async function settle(
  { catalog }: ServiceContext,
  { id, status, holder }: BackupRecord,
  end: { readonly status: BackupStatus; readonly failReason: string },
): Promise<void> {
  await catalog.transaction(async ({ backups }) => {
    if ((await backups.byId(id))?.holder !== holder) return;
    await backups.transition(id, [status], end.status, { failReason: end.failReason, holder: null });
  });
}
