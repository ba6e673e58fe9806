/** Ending what other processes, or other callers in this one, have under way on a backup. */
import type { ServiceContext } from "./context.js";
import { removeDeadOperations } from "./liveness.js";
import { repair } from "./repair.js";

const POLL_MS = 25;
/** Between two looks whether those that are waited for still live. */
const SWEEP_MS = 1000;

/**
 * Asks all operations on the backup to end, but for those that delete it, and resolves when they have: from then on
 * nothing is stored, read or written on their behalf. What a dead one left is repaired. Whether there were any.
 */
export async function stopOperations(
  context: ServiceContext,
  backupId: string,
  reason: string,
): Promise<boolean> {
  const { operations } = context.catalog;
  const { clock } = context.host;
  if ((await operations.cancel(backupId, reason)) === 0) return false;
  let sweptMs = clock.monotonicMs();
  while ((await operations.onBackup(backupId)).some(({ kind }) => kind !== "delete")) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (clock.monotonicMs() - sweptMs < SWEEP_MS) continue;
    sweptMs = clock.monotonicMs();
    if ((await removeDeadOperations(context)) > 0) await repair(context);
  }
  return true;
}
