/** Accepts a restore and queues it for a worker of the host that has the volume. */
import { PARKED } from "../../catalog/operations.js";
import { UsageError } from "../../errors.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { handOverRows } from "../operations/parked.js";
import { addQueued } from "../operations/queue.js";
import { printRequest } from "../operations/queued-request.js";
import type { BackupView, QueueRestoreRequest } from "../requests.js";
import { BACKUP_STATES } from "../states/states.js";
import { resolveDestination } from "../volumes/destination.js";
import { findBackup } from "./list.js";
import { beginRestore } from "./restore-rows.js";

export async function queueRestore(
  context: ServiceContext,
  request: QueueRestoreRequest,
): Promise<BackupView> {
  const { catalog, host } = context;
  if (request.forceInUse)
    throw new UsageError(
      "Cannot queue a restore with --force-in-use: who uses the volume is not known by then",
    );
  const backup = await findVisible(context, catalog.backups, request.backup);
  BACKUP_STATES.check(backup, "restore");
  const destination = await resolveDestination(context, backup, request);
  await host.announce();
  const volumeSize = backup.volumeSize ?? 0;
  const { volumeId } = await beginRestore(context, { backup, destination, volumeSize, operation: undefined });
  await catalog.transaction(async (tables) => {
    const rows = { backupId: backup.id, volumeId };
    if (!(await handOverRows(tables, rows, { from: host.holder, to: PARKED }))) return;
    await addQueued(tables, catalog.host, { kind: "restore", ...rows, request: printRequest({}) });
  });
  return await findBackup(context, backup.id);
}
