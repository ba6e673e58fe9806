/** Opens the chain of a backup although parts of it are damaged or missing. */
import type { BackupRow } from "../../catalog/backups.js";
import { type DamagedChain, type MissingBackup, openDamagedChain } from "../../chain/damaged-chain.js";
import type { StoredBackup } from "../../chain/stored-backup.js";
import { IntegrityError, isAshlarError } from "../../errors.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { Hashes } from "../../ports.js";
import type { ServiceContext } from "../context.js";
import { openHistory, type RepositoryHistory } from "./history.js";
import { requirePresent } from "./presence.js";
import { areCurrent, locateRecorded, requireStored } from "./stored.js";

type Located = StoredBackup | MissingBackup;

/**
 * What is left of the chain that ends with `backup`.
 * @throws IntegrityError when nothing of it can be restored
 */
export async function openCurrentDamagedChain(
  context: ServiceContext,
  backup: BackupRow,
  hashes: Hashes,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<DamagedChain> {
  for (;;) {
    await requireStored(context, [backup.id]);
    const row = (await context.catalog.backups.byId(backup.id)) ?? backup;
    const located = await locateLeft(context, row);
    const volumeSize = row.volumeSize ?? undefined;
    const [opened] = await Promise.allSettled([
      openDamagedChain(located, hashes, { ...options, volumeSize }),
    ]);
    throwIfCancelled(options.signal);
    const isWhole = opened.status === "fulfilled" && opened.value.findings.length === 0;
    if (isWhole) return opened.value;
    const found = located.filter((each): each is StoredBackup => !("missing" in each));
    if (!(await areCurrent(context, found))) continue;
    // What looks like damage may be a repository that is not mounted.
    await requirePresent(context, backup.repository);
    if (opened.status === "rejected") throw opened.reason;
    return opened.value;
  }
}

/** The chain, oldest first. A missing ancestor is bridged by the next older backup of the volume. */
async function locateLeft(context: ServiceContext, newest: BackupRow): Promise<Located[]> {
  const history = await openHistory(context, newest.repository);
  const chain: Located[] = [await locateRecorded(context, newest, history)];
  const seen = new Set([newest.id]);
  for (let current = newest; current.parentId !== null; ) {
    const parent = await context.catalog.backups.byId(current.parentId);
    const next =
      parent !== undefined && !seen.has(parent.id) ? await locateParent(context, parent, history) : undefined;
    if (parent !== undefined && next !== undefined) {
      seen.add(parent.id);
      chain.unshift(next);
      current = parent;
      continue;
    }
    chain.unshift({ missing: missingParent(current) });
    const bridge = await olderBackup(context, current, seen);
    if (bridge === undefined) return chain;
    seen.add(bridge.id);
    chain.unshift(await locateRecorded(context, bridge, history));
    current = bridge;
  }
  return chain;
}

async function locateParent(
  context: ServiceContext,
  parent: BackupRow,
  history: RepositoryHistory | undefined,
): Promise<StoredBackup | undefined> {
  try {
    return await locateRecorded(context, parent, history);
  } catch (error) {
    if (isAshlarError(error, "invalid-state")) return undefined;
    throw error;
  }
}

/** The newest complete backup of the volume that is older than `row`. */
async function olderBackup(
  { catalog }: ServiceContext,
  { volumeId, projectId, createdAt }: BackupRow,
  seen: ReadonlySet<string>,
): Promise<BackupRow | undefined> {
  const rows = await catalog.backups.list({ volumeId, projectId, status: "available" });
  return rows
    .filter((row) => !seen.has(row.id) && row.createdAt.getTime() < createdAt.getTime())
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
}

function missingParent({ id, parentId }: BackupRow): IntegrityError {
  return new IntegrityError(`Cannot read backup: it is based on ${parentId}, which the catalog cannot find`, {
    backupId: id,
  });
}
