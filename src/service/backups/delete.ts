/** Deletes a backup: its objects first, its row last, so that an interrupted deletion can be finished. */

import type { BackupRow } from "../../catalog/backups.js";
import { PARKED } from "../../catalog/operations.js";
import { InvalidStateError } from "../../errors.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { releaseParked } from "../operations/parked.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { openRecorder } from "../repositories/history.js";
import { requireUnlocked } from "../repositories/locks.js";
import { requirePresent } from "../repositories/presence.js";
import type { DeleteOptions } from "../requests.js";
import { BACKUP_STATES, type BackupEvent } from "../states/states.js";
import { completeDeletion } from "./complete-deletion.js";
import { stopOperations } from "./stop.js";

/**
 * A locked backup is refused before anything is touched, also with `force`.
 *
 * With `force`, operations on the backup are stopped first; this is how a backup is cancelled while it is created. Once
 * its row is `deleting`, no process completes the backup any more.
 */
export async function deleteBackup(
  context: ServiceContext,
  nameOrId: string,
  { force = false }: DeleteOptions = {},
): Promise<BackupRow> {
  const backup = await findVisible(context, context.catalog.backups, nameOrId);
  const event = force ? "force-delete" : "delete";
  BACKUP_STATES.check(backup, event);
  // `force` also deletes backups of a lost repository; a backup without a container has stored nothing.
  if (!force && backup.hasContainer) await requirePresent(context, backup.repository);
  await requireUnlocked(context, backup);
  // Refused before the row is `deleting`, if this process cannot sign.
  await openRecorder(context, backup.repository);
  return await context.admission.run({ kind: "delete", backupId: backup.id }, async (operation) => {
    await beginDelete(context, backup, event);
    await endDelete(context, backup, { force, operation });
    return backup;
  });
}

/** Finishes a deletion that has begun, as an operation of its own that other processes can see. */
export async function resumeDelete(
  context: ServiceContext,
  backup: BackupRow,
  options: { readonly force: boolean },
): Promise<void> {
  await context.admission.run({ kind: "delete", backupId: backup.id }, (operation) =>
    endDelete(context, backup, { ...options, operation }),
  );
}

async function endDelete(
  context: ServiceContext,
  backup: BackupRow,
  { force, operation }: { readonly force: boolean; readonly operation: RunningOperation },
): Promise<void> {
  context.events.emit("delete.start", { ...backup, status: "deleting" });
  try {
    if (force) await stopOperations(context, backup.id, "the backup was deleted by force");
    await completeDeletion(context, backup, operation);
  } catch (error) {
    context.events.fail("delete", { ...backup, status: "error_deleting" }, error);
    throw error;
  }
  context.events.emit("delete.end", { ...backup, status: "deleted" });
}

/** @throws InvalidStateError for a backup on which others depend, or that another operation has taken */
export async function beginDelete(
  { catalog, host }: ServiceContext,
  { id }: BackupRow,
  event: BackupEvent,
): Promise<void> {
  await catalog.transaction(async (tables) => {
    const { backups } = tables;
    const dependents = await backups.dependentsOf(id);
    if (dependents.length > 0) {
      const ids = dependents.map((dependent) => dependent.id).join(", ");
      throw new InvalidStateError(
        `Incremental backups exist for this backup. Cannot delete ${id}: delete ${ids} first`,
      );
    }
    const current = await backups.byId(id);
    if (await BACKUP_STATES.move(backups, id, event, { holder: host.holder })) {
      if (current?.holder === PARKED) await releaseParked(tables, current);
      return;
    }
    throw new InvalidStateError(`Cannot delete backup ${id}: another operation on it has just begun`);
  });
}

/**
 * The backup and all that depend on it, in the order in which they can be deleted: dependents first.
 */
export async function findChainOf(context: ServiceContext, nameOrId: string): Promise<BackupRow[]> {
  const { catalog } = context;
  const backup = await findVisible(context, catalog.backups, nameOrId);
  const leafFirst = async (backup: BackupRow, above: readonly string[]): Promise<BackupRow[]> => {
    if (above.includes(backup.id)) return [];
    const chain: BackupRow[] = [];
    for (const dependent of await catalog.backups.dependentsOf(backup.id))
      chain.push(...(await leafFirst(dependent, [...above, backup.id])));
    return [...chain, backup];
  };
  return await leafFirst(backup, []);
}
