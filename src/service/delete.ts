/** Deleting a backup: its objects first, its row last, so that nothing is forgotten half way. */
import type { BackupRecord } from "../catalog/backups.js";
import { InvalidStateError } from "../errors.js";
import { discard } from "../pipeline/discard.js";
import type { ServiceContext } from "./context.js";
import { BACKUP_STARTS, checkBackupStatus } from "./states.js";

export async function deleteBackup(context: ServiceContext, nameOrId: string): Promise<BackupRecord> {
  const { catalog, host } = context;
  const backup = await catalog.backups.find(nameOrId);
  checkBackupStatus(backup, "delete");
  await catalog.transaction(async ({ backups }) => {
    const dependents = await backups.dependentsOf(backup.id);
    if (dependents.length > 0) {
      const ids = dependents.map(({ id }) => id).join(", ");
      throw new InvalidStateError(
        `Incremental backups exist for this backup. Cannot delete ${backup.id}: delete ${ids} first`,
      );
    }
    const held = { holder: host.holder };
    if (!(await backups.transition(backup.id, BACKUP_STARTS.delete, "deleting", held))) {
      throw new InvalidStateError(
        `Cannot delete backup ${backup.id}: another operation on it has just begun`,
      );
    }
  });
  await finishDelete(context, backup);
  return backup;
}

/** Removes what a backup in status `deleting` has left; may be repeated. */
export async function finishDelete({ catalog, host }: ServiceContext, backup: BackupRecord): Promise<void> {
  const { container, serviceMetadata: prefix } = backup;
  try {
    const sink = await host.openRepository(backup.repository);
    if (container !== null && prefix !== null) await discard(sink, container, prefix);
  } catch (error) {
    const failReason = error instanceof Error ? error.message : String(error);
    await catalog.backups.transition(backup.id, ["deleting"], "error_deleting", { failReason, holder: null });
    throw error;
  }
  await catalog.backups.remove(backup.id);
}
