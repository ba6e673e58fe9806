/** The last step of a deletion, which may run in another process than its first. */
import type { BackupRow } from "../../catalog/backups.js";
import type { ServiceContext } from "../context.js";
import { requireLease } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { openRecorder } from "../repositories/history.js";
import { discardStored, recordRemoval } from "../repositories/stored.js";
import { BACKUP_STATES } from "../states/states.js";

/**
 * Removes what is left of a backup in status `deleting`; may be repeated. Objects and rows change only under the
 * operation's lease: a process that was suspended meanwhile finds a row that is no longer its own, and whose backup may
 * be available again.
 * @throws CancelledError or InvalidStateError when the lease was lost
 */
export async function completeDeletion(
  context: ServiceContext,
  { id }: BackupRow,
  operation: RunningOperation,
): Promise<void> {
  const what = `complete deletion of backup ${id}`;
  // A consolidation may have ended since the row was read; no other can begin now.
  const backup = await context.catalog.transaction(async (tables) => {
    await requireLease(tables, operation, what);
    return await tables.backups.byId(id);
  });
  if (backup === undefined) return;
  try {
    const recorder = await openRecorder(context, backup.repository);
    await operation.fence();
    await discardStored(context, backup);
    await recordRemoval(recorder, backup);
  } catch (error) {
    const failReason = error instanceof Error ? error.message : String(error);
    await context.catalog.transaction(async (tables) => {
      if (await tables.operations.isHeld(operation.number))
        await BACKUP_STATES.move(tables.backups, id, "fail-delete", { failReason, holder: null });
    });
    throw error;
  }
  await context.catalog.transaction(async (tables) => {
    await requireLease(tables, operation, what);
    await tables.backups.remove(id);
  });
}
