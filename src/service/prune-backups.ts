/** Deleting the backups of the configured repository that rules of retention do not keep. */
import { throwIfCancelled } from "../pipeline/run/run.js";
import type { ServiceContext } from "./context.js";
import { deleteBackup } from "./delete-backup.js";
import type { PruneRequest, RetentionDecision } from "./requests.js";
import { planRetention } from "./retention.js";
import { listScope } from "./scope.js";
import { volumeIdFor } from "./volume-meaning.js";

/**
 * What is kept and what goes, in the order of deletion; with `dryRun` nothing does. A backup that came to depend on one
 * that is to go in the meantime keeps it, by the refusal of its deletion.
 */
export async function pruneBackups(
  context: ServiceContext,
  request: PruneRequest,
): Promise<RetentionDecision[]> {
  const { volume, dryRun = false, allProjects, signal, ...rules } = request;
  const volumeId = volume && (await volumeIdFor(context, volume));
  const backups = await context.catalog.backups.list({
    ...listScope(context, allProjects),
    // What is kept elsewhere does not count here, and nothing there is deleted.
    repository: context.settings.repository,
    ...(volumeId !== undefined && { volumeId }),
  });
  const decisions = planRetention(backups, rules, context.host.clock.now());
  if (dryRun) return decisions;
  for (const { backup, isKept } of decisions) {
    throwIfCancelled(signal);
    if (!isKept) await deleteBackup(context, backup.id);
  }
  return decisions;
}
