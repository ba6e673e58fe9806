/** Deletes the backups of the configured repository that the retention rules do not keep. */
import type { BackupRow } from "../../catalog/backups.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { describeLock } from "../../sinks/lock.js";
import { listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { lockNow } from "../repositories/locks.js";
import type { PruneDecision, PruneRequest, RetentionDecision, RetentionRules } from "../requests.js";
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
  const decisions = (await planUnlocked(context, backups, rules)).map((decision) => ({
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

/** Looks for locks before the first deletion; what a locked backup is based on is kept with it. */
async function planUnlocked(
  context: ServiceContext,
  backups: readonly BackupRow[],
  rules: RetentionRules,
): Promise<RetentionDecision[]> {
  const now = context.host.clock.now();
  const locked = new Map<string, string>();
  const seen = new Set<string>();
  for (;;) {
    const decisions = planRetention(backups, rules, { now, locked });
    const before = locked.size;
    for (const { backup, isKept } of decisions) {
      if (isKept || seen.has(backup.id)) continue;
      seen.add(backup.id);
      const lock = await lockNow(context, backup);
      if (lock !== undefined) locked.set(backup.id, describeLock(lock));
    }
    if (locked.size === before) return decisions;
  }
}
