/** The position of operations in the queue, by the rows of operations, workers and limits. */
import type { CatalogTables } from "../../catalog/catalog.js";
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { WorkerRow } from "../../catalog/workers.js";
import type { Clock } from "../../ports.js";
import { type Limits, queuePositionOf } from "./limits.js";

type Tables = Pick<CatalogTables, "operations" | "workers" | "limits">;

/** A worker that has not renewed its row for so long takes nothing, so nobody waits for it. */
const WORKER_LEASE_MS = 15_000;

/** The queue at one moment. */
export interface QueueView {
  readonly operations: readonly OperationRow[];
  /** The position of an operation; 0 when it may begin. */
  positionOf(operation: OperationRow): number;
}

/** Reads the queue: two queries, or three if operations wait for workers. */
export async function viewQueue(tables: Tables, limits: Limits, clock: Clock): Promise<QueueView> {
  const operations = await tables.operations.list();
  const scoped = await tables.limits.list();
  const areQueued = operations.some(({ holder }) => holder === PARKED);
  const workers = areQueued ? await tables.workers.list() : [];
  const free = workers.filter((worker) => isFree(worker, operations, clock));
  const isServed = ({ host }: { readonly host?: string | null }): boolean =>
    free.some((worker) => canRun(worker, host ?? null));
  return {
    operations,
    positionOf: (operation) => queuePositionOf(operations, operation, { ...limits, scoped }, { isServed }),
  };
}

/** Whether the worker can open what an operation of that host needs. */
export function canRun(worker: Pick<WorkerRow, "host">, host: string | null): boolean {
  return host === null || host === worker.host;
}

/** Whether the worker takes another operation now. */
function isFree(worker: WorkerRow, operations: readonly OperationRow[], clock: Clock): boolean {
  return (
    isWorking(worker, clock) && worker.state === "working" && countOf(worker, operations) < worker.capacity
  );
}

/** Whether the worker has renewed its row in time. */
export function isWorking({ heartbeatAt }: WorkerRow, clock: Clock): boolean {
  return heartbeatAt.getTime() + WORKER_LEASE_MS >= clock.now().getTime();
}

/** Number of operations that the process has taken and that count for limits. */
export function countOf({ holder }: Pick<WorkerRow, "holder">, operations: readonly OperationRow[]): number {
  return operations.filter((each) => each.holder === holder && each.slots > 0).length;
}
