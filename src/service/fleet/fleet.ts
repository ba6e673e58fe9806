/** The fleet: the workers that share the catalog, and the limits beside the catalog's own. For the operator. */
import type { LimitScope, ScopedLimit } from "../../catalog/scoped-limits.js";
import type { WorkerRow } from "../../catalog/workers.js";
import { NotFoundError } from "../../errors.js";
import type { ServiceContext } from "../context.js";
import { countOf, isWorking } from "../operations/queue-order.js";
import type { WorkOptions } from "../requests.js";

/** A worker, and what it does. */
export interface WorkerView extends Omit<WorkerRow, "state"> {
  /** `lost`: it has not renewed its row for 15 seconds. */
  readonly state: WorkerRow["state"] | "lost";
  /** Operations that it has taken. */
  readonly operationCount: number;
}

export interface Fleet {
  /** Takes queued operations in this process until the signal is aborted, or the worker was drained. */
  work(options: WorkOptions): Promise<void>;
  /** All workers, the oldest first. */
  workers(): Promise<WorkerView[]>;
  /**
   * Asks workers to take no further operation, and to end when those that they have taken are done.
   * @param host whose workers are meant. @default {all}
   * @returns the workers that were asked
   * @throws NotFoundError when there is none
   */
  drain(host?: string): Promise<WorkerView[]>;
  limits(): Promise<ScopedLimit[]>;
  setLimit(limit: ScopedLimit): Promise<void>;
  /** @throws NotFoundError when there is none */
  removeLimit(scope: LimitScope, name: string): Promise<void>;
}

export function openFleet(context: ServiceContext): Fleet {
  const { catalog } = context;
  return {
    work: async (options) => await (await import("./worker.js")).work(context, options),
    workers: () => workersOf(context),
    drain: (host) => drain(context, host),
    limits: () => catalog.limits.list(),
    async setLimit(limit) {
      await catalog.transaction(async ({ limits, operations }) => {
        await limits.set(limit);
        await operations.notifyQueue();
      });
    },
    async removeLimit(scope, name) {
      const isRemoved = await catalog.transaction(async ({ limits, operations }) => {
        await operations.notifyQueue();
        return await limits.remove(scope, name);
      });
      if (!isRemoved) throw new NotFoundError(`No limit of ${scope} "${name}" exists`);
    },
  };
}

async function workersOf({ catalog, host }: ServiceContext): Promise<WorkerView[]> {
  const operations = await catalog.operations.list();
  return (await catalog.workers.list()).map((worker) => ({
    ...worker,
    state: isWorking(worker, host.clock) ? worker.state : "lost",
    operationCount: countOf(worker, operations),
  }));
}

async function drain(context: ServiceContext, host: string | undefined): Promise<WorkerView[]> {
  const asked = (await workersOf(context)).filter(
    (worker) => worker.state !== "lost" && (host === undefined || worker.host === host),
  );
  if (asked.length === 0)
    throw new NotFoundError(host === undefined ? "No worker runs" : `No worker runs on host "${host}"`);
  await context.catalog.transaction(async ({ workers, operations }) => {
    for (const { holder } of asked) await workers.drain(holder);
    await operations.notifyQueue();
  });
  return asked;
}
