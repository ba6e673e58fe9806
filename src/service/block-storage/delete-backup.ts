/** Marks a backup as being deleted at once, and removes its objects in the background. */
import { InvalidStateError } from "../../errors.js";
import { authorize } from "../access/policy.js";
import { beginDelete, resumeDelete } from "../backups/delete.js";
import type { ServiceContext } from "../context.js";
import { requireUnlocked } from "../repositories/locks.js";
import { BACKUP_STATES } from "../states/states.js";
import { findById } from "./find.js";
import { startTask } from "./start-task.js";

export async function deleteBackup(
  context: ServiceContext,
  id: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  authorize(context, force ? "volume_extension:backup_admin_actions:force_delete" : "backup:delete");
  const { backups } = context.catalog;
  const backup = await findById(context, backups, "Backup", id);
  const event = force ? "force-delete" : "delete";
  if (!BACKUP_STATES.allows(event, backup.status))
    throw new InvalidStateError("Invalid backup: Backup status must be available or error");
  if (await backups.hasDependents(id))
    throw new InvalidStateError("Invalid backup: Incremental backups exist for this backup.");
  await requireUnlocked(context, backup);
  await beginDelete(context, backup, event);
  startTask(context, {
    ...{ resourceType: "VOLUME_BACKUP", resourceId: id },
    ...{ actionId: "014", action: "delete backup", isHeavy: false },
    run: () => resumeDelete(context, backup, { force }),
    // The row already records the failure.
    settle: async () => undefined,
  });
}
