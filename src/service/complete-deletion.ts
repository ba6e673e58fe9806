/** The end of a deletion, which may be another process's than its beginning. */
import type { BackupRecord } from "../catalog/backups.js";
import type { ServiceContext } from "./context.js";
import { BACKUP_STATES } from "./states.js";
import { discardStored } from "./stored.js";

/** Removes what a backup in status `deleting` has left; may be repeated. */
export async function completeDeletion(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { backups } = context.catalog;
  try {
    // Since it was read a consolidation may have ended, which no other can begin now.
    await discardStored(context, (await backups.byId(backup.id)) ?? backup);
  } catch (error) {
    const failReason = error instanceof Error ? error.message : String(error);
    await BACKUP_STATES.move(backups, backup.id, "fail-delete", { failReason, holder: null });
    throw error;
  }
  await backups.remove(backup.id);
}
