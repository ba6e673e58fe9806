/** Takes the first queued operation that this host can run and that may begin now. */
import type { Catalog } from "../../catalog/catalog.js";
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { Admission } from "../operations/admission.js";
import { type Taker, take } from "../operations/queue.js";
import { canRun, type QueueView, viewQueue } from "../operations/queue-order.js";
import { readRequest } from "../operations/queued-request.js";

export interface TakeOptions {
  /** Whether this process may take one more beside those that it holds. */
  hasRoom(operations: readonly OperationRow[]): boolean;
  /** Whether the volume can be opened here. */
  isReachable(operation: OperationRow): Promise<boolean>;
}

/** The parts of a service that taking needs. */
export interface TakeContext extends Taker {
  readonly catalog: Catalog;
  readonly admission: Pick<Admission, "limits">;
}

/** Queued operations that are looked at: of a long queue, only the first can begin, unless hosts or limits hold them. */
const FIRST = 64;
/** By how much more at the next look, if none of them can begin and there is room for others. */
const GROWTH = 4;

/** Resolves to `undefined` if there is none. */
export async function takeNext(
  context: TakeContext,
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
  let first = FIRST;
  for (;;) {
    // Most looks find nothing, and reading needs no lock.
    const view = await viewQueue(catalog, admission.limits, host.clock, { first });
    const next = nextIn(view);
    if (next === undefined) {
      if (!hasRoom(view.operations) || !view.hasRoomBehind || isWhole(view, first)) return undefined;
      first *= GROWTH;
      continue;
    }
    if (!(await isReachable(next))) {
      passed.add(next.number);
      continue;
    }
    const taken = await catalog.transaction(async (tables) => {
      const operation = nextIn(await viewQueue(tables, admission.limits, host.clock, { first }));
      if (operation === undefined || operation.number !== next.number) return undefined;
      return (await take(tables, context, { operation, starts: true })) ? operation : undefined;
    });
    if (taken !== undefined) return taken;
  }
}

function isWhole({ operations }: QueueView, first: number): boolean {
  return operations.filter(({ holder }) => holder === PARKED).length < first;
}
