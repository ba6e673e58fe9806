/**
 * Watches an operation on a backup, in whatever process: its progress as the catalog has it, and how it ended.
 *
 * The rows of the backup and its volume show the outcome: they are settled before the operation leaves the queue. If
 * its process died, the lease expires; the operation is repaired here, and has then failed.
 */
import type { BackupRow, BackupStatus } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { authorize } from "../access/policy.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { DeadSweep, pause } from "../operations/poll.js";
import type { WatchedBackup, WatchOptions, WatchOutcome } from "../requests.js";
import { repair } from "./repair.js";

/** Operations report their progress to the catalog once a second. */
const INTERVAL_MS = 500;

export async function* watchBackup(
  context: ServiceContext,
  nameOrId: string,
  { signal, intervalMs = INTERVAL_MS }: WatchOptions = {},
): AsyncGenerator<WatchedBackup, void, undefined> {
  authorize(context, "backup:get");
  const { backups, operations } = context.catalog;
  const backup = await findVisible(context, backups, nameOrId);
  const [watched] = await operations.onBackup(backup.id);
  let last = watched;
  const sweep = new DeadSweep(context);
  while (last !== undefined) {
    throwIfCancelled(signal);
    yield pointOf(backup, last, await queuePositionOf(context, last));
    await pause(intervalMs, signal);
    throwIfCancelled(signal);
    if ((await sweep.run()) > 0) await repair(context);
    const { number } = last;
    const current = (await operations.onBackup(backup.id)).find((operation) => operation.number === number);
    if (current === undefined) break;
    last = current;
  }
  yield await endOf(context, backup, last);
}

function pointOf(backup: BackupRow, operation: OperationRow, queuePosition: number): WatchedBackup {
  const { kind, stage, bytesDone, bytesTotal, storedBytes, bytesPerSecond, startedAt } = operation;
  const progress = { stage, bytesDone, bytesTotal, storedBytes, bytesPerSecond };
  return { backup, kind, startedAt, queuePosition, ...progress, outcome: undefined, reason: undefined };
}

/** The operation's queue position; 0 for one that does not wait. */
async function queuePositionOf(
  { catalog }: ServiceContext,
  { number, state }: OperationRow,
): Promise<number> {
  if (state !== "waiting") return 0;
  const before = (await catalog.operations.list()).filter((each) => each.state === "waiting");
  return before.findIndex((each) => each.number === number) + 1;
}

async function endOf(
  context: ServiceContext,
  before: BackupRow,
  operation: OperationRow | undefined,
): Promise<WatchedBackup> {
  const after = await settledRow(context, before.id);
  const { outcome, reason } = await outcomeOf(context, after, operation);
  const backup = after ?? before;
  if (operation === undefined) {
    const nothing = { bytesDone: 0, bytesTotal: 0, storedBytes: 0, bytesPerSecond: 0, queuePosition: 0 };
    return { backup, kind: undefined, stage: "ended", startedAt: null, ...nothing, outcome, reason };
  }
  const point = pointOf(backup, operation, 0);
  // Progress after the last report is known only if the operation finished.
  const bytesDone = outcome === "done" ? point.bytesTotal : point.bytesDone;
  return { ...point, stage: "ended", bytesDone, bytesPerSecond: 0, outcome, reason };
}

const PASSING: readonly BackupStatus[] = ["creating", "restoring", "consolidating"];

/** The settled row. The process that removed a dead process's lease may not have repaired its backup yet. */
async function settledRow(context: ServiceContext, id: string): Promise<BackupRow | undefined> {
  const { backups } = context.catalog;
  const backup = await backups.byId(id);
  if (backup === undefined || !PASSING.includes(backup.status)) return backup;
  await repair(context);
  return await backups.byId(id);
}

interface End {
  readonly outcome: WatchOutcome;
  readonly reason: string | undefined;
}

const DONE: End = { outcome: "done", reason: undefined };

async function outcomeOf(
  { catalog }: ServiceContext,
  backup: BackupRow | undefined,
  operation: OperationRow | undefined,
): Promise<End> {
  const kind = operation?.kind;
  if (backup === undefined) {
    return kind === "delete" ? DONE : { outcome: "stopped", reason: "the backup is gone" };
  }
  const { status, failReason } = backup;
  if (kind === "verify")
    return { outcome: "unknown", reason: "only the command that runs a verification reports its outcome" };
  if (status === "deleting" && kind !== "delete")
    return { outcome: "stopped", reason: "the backup is being deleted" };
  if (status !== "available") return { outcome: "failed", reason: failReason ?? `the backup is ${status}` };
  if (kind === "consolidate" && backup.parentId !== null)
    return { outcome: "failed", reason: failReason ?? "the backup is as it was" };
  if (kind !== "restore") return DONE;
  if (failReason !== null) return { outcome: "failed", reason: failReason };
  // A restore that its own user stopped leaves no reason, but a volume in another state.
  const volume = await catalog.volumes.byId(operation?.volumeId ?? "");
  const isRestored = volume?.status === "available" && backup.restoreVolumeId === volume.id;
  return isRestored ? DONE : { outcome: "stopped", reason: "the restore was stopped" };
}
