/** Deleting a backup: its objects first, its row last, so that nothing is forgotten half way. */
import type { BackupRecord } from "../catalog/backups.js";
import { InvalidStateError } from "../errors.js";
import type { ServiceContext } from "./context.js";
import { BACKUP_STATES } from "./states.js";
import { discardStored } from "./stored.js";

export async function deleteBackup(context: ServiceContext, nameOrId: string): Promise<BackupRecord> {
  const { catalog, host } = context;
  const backup = await catalog.backups.find(nameOrId);
  BACKUP_STATES.check(backup, "delete");
  await catalog.transaction(async ({ backups }) => {
    const dependents = await backups.dependentsOf(backup.id);
    if (dependents.length > 0) {
      const ids = dependents.map(({ id }) => id).join(", ");
      throw new InvalidStateError(
        `Incremental backups exist for this backup. Cannot delete ${backup.id}: delete ${ids} first`,
      );
    }
    const held = { holder: host.holder };
    if (!(await BACKUP_STATES.move(backups, backup.id, "delete", held))) {
      throw new InvalidStateError(
        `Cannot delete backup ${backup.id}: another operation on it has just begun`,
      );
    }
  });
  await finishDelete(context, backup);
  return backup;
}

/** Removes what a backup in status `deleting` has left; may be repeated. */
export async function finishDelete(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { backups } = context.catalog;
  try {
    await discardStored(context, backup);
  } catch (error) {
    const failReason = error instanceof Error ? error.message : String(error);
    await BACKUP_STATES.move(backups, backup.id, "fail-delete", { failReason, holder: null });
    throw error;
  }
  await backups.remove(backup.id);
}
