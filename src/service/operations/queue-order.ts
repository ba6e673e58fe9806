/** The position of operations in the queue, by the rows of operations, workers and limits. */
import type { CatalogTables } from "../../catalog/catalog.js";
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { WorkerRow } from "../../catalog/workers.js";
import type { Clock } from "../../ports.js";
import { type Limits, type Queued, queuePositionOf } from "./limits.js";

type Tables = Pick<CatalogTables, "operations" | "workers" | "limits">;

/** A worker that has not renewed its row for so long takes nothing, so nobody waits for it. */
const WORKER_LEASE_MS = 15_000;

/** The queue at one moment. */
export interface QueueView {
  readonly operations: readonly OperationRow[];
  /** The position of an operation; 0 when it may begin. */
  positionOf(operation: OperationRow): number;
  /** Whether one that is queued behind all of these, and counts for no limit but those over all, might begin. */
  readonly hasRoomBehind: boolean;
}

/** Which queued operations are read, beside all that processes hold: positions depend on those before alone. */
export interface QueuePart {
  /** The first so many. */
  readonly first?: number;
  /** Those up to a number. */
  readonly upTo?: number;
}

/** Reads the queue: two queries, or three if operations wait for workers. @param part @default {all} */
export async function viewQueue(
  tables: Tables,
  limits: Limits,
  clock: Clock,
  part: QueuePart = {},
): Promise<QueueView> {
  const operations = await read(tables, part);
  const scoped = await tables.limits.list();
  const areQueued = operations.some(({ holder }) => holder === PARKED);
  const workers = areQueued ? await tables.workers.list() : [];
  const free = workers.filter((worker) => isFree(worker, operations, clock));
  const isServed = ({ host }: { readonly host?: string | null }): boolean =>
    free.some((worker) => canRun(worker, host ?? null));
  const behind = { number: Number.MAX_SAFE_INTEGER, state: "waiting", slots: 1, memory: 0 } as const;
  const positionOf = (operation: Queued): number =>
    queuePositionOf(operations, operation, { ...limits, scoped }, { isServed });
  return {
    operations,
    positionOf,
    get hasRoomBehind() {
      return positionOf(behind) === 0;
    },
  };
}

async function read({ operations }: Tables, { first, upTo }: QueuePart): Promise<OperationRow[]> {
  if (first !== undefined) return await operations.heldOrFirst(first);
  return await (upTo === undefined ? operations.list() : operations.heldOrUpTo(upTo));
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
