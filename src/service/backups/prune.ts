/** Deletes the backups of the configured repository that the retention rules do not keep. */
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { PruneDecision, PruneRequest } from "../requests.js";
import { volumeIdFor } from "../volumes/meaning.js";
import { deleteBackup } from "./delete.js";
import { volumeNamesOf } from "./list.js";
import { planRetention } from "./retention.js";

/**
 * Resolves to the decision for each backup, in the order of deletion; with `dryRun` nothing is deleted. A backup that
 * has gained a dependent in the meantime stays, because its deletion is refused.
 */
export async function pruneBackups(context: ServiceContext, request: PruneRequest): Promise<PruneDecision[]> {
  const { volume, dryRun = false, allProjects, signal, ...rules } = request;
  const volumeId = volume && (await volumeIdFor(context, volume));
  const backups = await context.catalog.backups.list({
    ...listScope(context, allProjects),
    // Backups in other repositories do not count here, and are not deleted.
    repository: context.settings.repository,
    ...(volumeId !== undefined && { volumeId }),
  });
  const names = await volumeNamesOf(context, backups);
  const decisions = planRetention(backups, rules, context.host.clock.now()).map((decision) => ({
    ...decision,
    volumeName: names.get(decision.backup.volumeId) ?? null,
  }));
  if (dryRun) return decisions;
  for (const { backup, isKept } of decisions) {
    throwIfCancelled(signal);
    if (!isKept) await deleteBackup(context, backup.id);
  }
  return decisions;
}
