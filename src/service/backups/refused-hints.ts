/** Reports that hints about changes, or statements about holes, are not used: by a warning, an event and the backup's row. */
import type { ServiceContext } from "../context.js";

export async function reportRefusedHints(
  context: ServiceContext,
  backupId: string,
  reason: string,
): Promise<void> {
  context.host.warn?.(`reading the whole volume, because ${reason}`);
  const { hintsRefused: earlier } = await context.catalog.backups.find(backupId);
  // Holes and hints of one backup may both be refused.
  await context.catalog.backups.update(backupId, {
    hintsRefused: earlier === null ? reason : `${earlier}; ${reason}`,
  });
  const backup = await context.catalog.backups.find(backupId);
  context.events.emit("create.hints_refused", backup, { hints_refused: backup.hintsRefused });
}
