/** The last step of a deletion, which may run in another process than its first. */
import type { BackupRow } from "../../catalog/backups.js";
import type { ServiceContext } from "../context.js";
import { discardStored } from "../repositories/stored.js";
import { BACKUP_STATES } from "../states/states.js";

/** Removes what is left of a backup in status `deleting`; may be repeated. */
export async function completeDeletion(context: ServiceContext, backup: BackupRow): Promise<void> {
  const { backups } = context.catalog;
  try {
    // A consolidation may have ended since the row was read; no other can begin now.
    await discardStored(context, (await backups.byId(backup.id)) ?? backup);
  } catch (error) {
    const failReason = error instanceof Error ? error.message : String(error);
    await BACKUP_STATES.move(backups, backup.id, "fail-delete", { failReason, holder: null });
    throw error;
  }
  await backups.remove(backup.id);
}
