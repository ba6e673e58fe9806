/** Removing what lies in the spare place of a backup: half a consolidation, or what a whole one has replaced. */
import type { BackupRecord } from "../catalog/backups.js";
import { throwIfCancelled } from "../pipeline/run/run.js";
import { discard } from "../pipeline/stages/discard.js";
import { readersOf } from "./consolidate-backup-rows.js";
import type { ServiceContext } from "./context.js";
import { removeDeadOperations } from "./liveness.js";
import { openForRemoval } from "./stored.js";

/** Between two looks whether what is waited for has ended. */
const POLL_MS = 100;
/** Between two looks whether it still lives. */
const SWEEP_MS = 1000;

/** Resolves when none of the operations is under way any more. */
export async function waitForEnd(
  context: ServiceContext,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const { host, catalog } = context;
  let sweptMs = host.clock.monotonicMs();
  for (;;) {
    throwIfCancelled(signal);
    const present = new Set((await catalog.operations.list()).map(({ number }) => number));
    if (!numbers.some((number) => present.has(number))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (host.clock.monotonicMs() - sweptMs < SWEEP_MS) continue;
    sweptMs = host.clock.monotonicMs();
    await removeDeadOperations(context);
  }
}

/** May be repeated; nothing to remove is no error. @throws NotFoundError when its repository is not there */
export async function discardSpare(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { id, container, sparePrefix, repository } = backup;
  if (container === null || sparePrefix === null) return;
  await discard(await openForRemoval(context, repository), container, sparePrefix);
  await context.catalog.transaction(async ({ backups }) => {
    if ((await backups.byId(id))?.sparePrefix !== sparePrefix) return;
    await backups.update(id, { sparePrefix: null, spareParentId: null });
  });
}

/** What nobody came to remove: its process died, or the repository was not there. */
export async function repairSpare(context: ServiceContext, backup: BackupRecord): Promise<void> {
  const { catalog } = context;
  const isAtWork = (await catalog.operations.onBackup(backup.id)).length > 0;
  if (isAtWork || (await readersOf(catalog, backup)).length > 0) return;
  await discardSpare(context, backup);
}
