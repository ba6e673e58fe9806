/** Deletes the objects under a backup's spare prefix: an unfinished consolidation, or what a finished one replaced. */
import type { BackupRow } from "../../catalog/backups.js";
import { discard } from "../../pipeline/stages/discard.js";
import type { ServiceContext } from "../context.js";
import { pollUntil } from "../operations/poll.js";
import { isKept, storedLock } from "../repositories/locks.js";
import { isShared, openForRemoval } from "../repositories/stored.js";
import { readersOf } from "./consolidate-rows.js";

/** Interval of checking for the operations that are waited for. */
const POLL_MS = 100;

/** Resolves when all of the operations have ended. */
export async function waitForEnd(
  context: ServiceContext,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const { operations } = context.catalog;
  const haveEnded = async (): Promise<boolean> => {
    const present = new Set((await operations.list()).map(({ number }) => number));
    return !numbers.some((number) => present.has(number));
  };
  await pollUntil(context, haveEnded, { intervalMs: POLL_MS, signal });
}

/**
 * Locked objects stay under the spare prefix until a start after their time; they do not keep the former parent.
 * May be repeated; nothing to remove is no error.
 * @throws NotFoundError when its repository is not there
 */
export async function discardSpare(context: ServiceContext, backup: BackupRow): Promise<void> {
  const { id, container, sparePrefix, repository } = backup;
  if (container === null || sparePrefix === null) return;
  if (!(await isShared(context, backup, sparePrefix))) {
    const sink = await openForRemoval(context, repository);
    const lock = await storedLock(sink, container, sparePrefix);
    if (lock !== undefined && isKept(context, lock)) {
      const spareLockedUntil = lock.retention?.until ?? null;
      await context.catalog.backups.update(id, { spareLockedUntil, spareParentId: null });
      return;
    }
    await discard(sink, container, sparePrefix);
  }
  await context.catalog.transaction(async ({ backups }) => {
    if ((await backups.byId(id))?.sparePrefix !== sparePrefix) return;
    await backups.update(id, { sparePrefix: null, spareParentId: null, spareLockedUntil: null });
  });
}

/** Removes what was left because its process died, or because the repository was not there. */
export async function repairSpare(context: ServiceContext, backup: BackupRow): Promise<void> {
  const { catalog } = context;
  const isAtWork = (await catalog.operations.onBackup(backup.id)).length > 0;
  if (isAtWork || (await readersOf(catalog, backup)).length > 0) return;
  await discardSpare(context, backup);
}
