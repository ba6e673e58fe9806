/** Takes the first queued operation that this host can run and that may begin now. */
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { ServiceContext } from "../context.js";
import { take } from "../operations/queue.js";
import { canRun, type QueueView, viewQueue } from "../operations/queue-order.js";
import { readRequest } from "../operations/queued-request.js";

export interface TakeOptions {
  /** Whether this process may take one more beside those that it holds. */
  hasRoom(operations: readonly OperationRow[]): boolean;
  /** Whether the volume can be opened here. */
  isReachable(operation: OperationRow): Promise<boolean>;
}

/** Resolves to `undefined` if there is none. */
export async function takeNext(
  context: ServiceContext,
  { hasRoom, isReachable }: TakeOptions,
): Promise<OperationRow | undefined> {
  const { catalog, admission, host } = context;
  const worker = { host: catalog.host ?? null };
  const passed = new Set<number>();
  const nextIn = ({ operations, positionOf }: QueueView): OperationRow | undefined =>
    hasRoom(operations)
      ? operations.find(
          (each) =>
            each.holder === PARKED &&
            !passed.has(each.number) &&
            canRun(worker, each.host) &&
            readRequest(each.request) !== undefined &&
            positionOf(each) === 0,
        )
      : undefined;
  for (;;) {
    // Most looks find nothing, and reading needs no lock.
    const next = nextIn(await viewQueue(catalog, admission.limits, host.clock));
    if (next === undefined) return undefined;
    if (!(await isReachable(next))) {
      passed.add(next.number);
      continue;
    }
    const taken = await catalog.transaction(async (tables) => {
      const operation = nextIn(await viewQueue(tables, admission.limits, host.clock));
      if (operation === undefined || operation.number !== next.number) return undefined;
      return (await take(tables, context, { operation, starts: true })) ? operation : undefined;
    });
    if (taken !== undefined) return taken;
  }
}
