/** Calls for a dashboard: what is under way and what has ended, memory, and the repository's health. */
import { type BackupStatus, LIVE_BACKUP_STATUSES } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import { isAshlarError } from "../../errors.js";
import type { StageFigures } from "../../pipeline/run/profile.js";
import { isVisible, listScope } from "../access/scope.js";
import { listOperations } from "../backups/list.js";
import type { ServiceContext } from "../context.js";
import type { EndedTask } from "../operations/ended-tasks.js";
import type { Limits } from "../operations/limits.js";
import { makeMonitor } from "../operations/monitor.js";

/** An operation, and the times of its stages. */
export interface LiveOperation {
  readonly row: OperationRow;
  /** Empty for an operation of another process, or of a kind without stages. */
  readonly stages: readonly StageFigures[];
}

/** What the caller can see of the work of all processes, and of what has ended in this one. */
export interface Activity {
  /** In the order of arrival. */
  readonly operations: readonly LiveOperation[];
  /** The latest first. */
  readonly ended: readonly EndedTask[];
}

/** The memory that operations of all projects have planned, and their limits. */
export interface MemoryUse {
  readonly limits: Limits;
  /** Bytes planned by running operations. */
  readonly planned: number;
  /** Bytes planned by operations that wait for room. */
  readonly waiting: number;
  readonly runningOperations: number;
  readonly waitingOperations: number;
  /** Accepted requests of this process whose work has not begun. */
  readonly queuedTasks: number;
}

export interface RepositoryHealth {
  /** `missing`: something else is at its address; `unreachable`: nothing answers there. */
  readonly state: "present" | "missing" | "unreachable";
  /** Whether the marker by which it is recognized is there. */
  readonly isMarked: boolean;
  /** Why it is not present. */
  readonly error: string | undefined;
  /** The caller's backups in it by status; those of all projects for an admin. */
  readonly backups: ReadonlyMap<BackupStatus, number>;
  /** Bytes that the objects of these backups take up, as far as known. */
  readonly storedSize: number;
}

export async function activityOf(context: ServiceContext): Promise<Activity> {
  const { admission, background } = context;
  const rows = await listOperations(context);
  return {
    operations: rows.map((row) => ({ row, stages: admission.ledger.stagesOf(row.number) })),
    ended: background.ended.list().filter((task) => isVisible(context, task)),
  };
}

export async function memoryUseOf(context: ServiceContext): Promise<MemoryUse> {
  const monitor = makeMonitor(context);
  const operations = await monitor.operations();
  const running = operations.filter(({ state }) => state === "running");
  const waiting = operations.filter(({ state }) => state === "waiting");
  return {
    limits: monitor.limits,
    planned: memoryOf(running),
    waiting: memoryOf(waiting),
    runningOperations: running.length,
    waitingOperations: waiting.length,
    queuedTasks: monitor.queuedTasks(),
  };
}

function memoryOf(operations: readonly OperationRow[]): number {
  return operations.reduce((sum, { memory }) => sum + memory, 0);
}

export async function repositoryHealthOf(context: ServiceContext): Promise<RepositoryHealth> {
  const { repository } = context.settings;
  const scope = { ...listScope(context, true), repository };
  const backups = new Map<BackupStatus, number>();
  let storedSize = 0;
  for (const status of LIVE_BACKUP_STATUSES) {
    const { count, total } = await context.catalog.backups.tally({ ...scope, status }, "storedSize");
    if (count > 0) backups.set(status, count);
    storedSize += total;
  }
  return { ...(await stateOf(context, repository)), backups, storedSize };
}

async function stateOf(
  context: ServiceContext,
  repository: string,
): Promise<Pick<RepositoryHealth, "state" | "isMarked" | "error">> {
  try {
    const { requirePresent } = await import("../repositories/presence.js");
    const { isMarked } = await requirePresent(context, repository);
    return { state: "present", isMarked, error: undefined };
  } catch (error) {
    if (!isAshlarError(error)) throw error;
    const state = error.code === "not-found" ? "missing" : "unreachable";
    return { state, isMarked: false, error: error.message };
  }
}
