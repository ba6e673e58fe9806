/**
 * Records of batch runs: at most one run of a plan works at a time, and a run that was interrupted can be resumed by
 * any process that opens the catalog.
 */
import type { BatchItemRow } from "../../catalog/batch-items.js";
import type { BatchRunRow, BatchRunStatus } from "../../catalog/batch-runs.js";
import { InvalidStateError, NotFoundError } from "../../errors.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { ServiceContext } from "../context.js";
import { isDead } from "./liveness.js";
import { pause } from "./poll.js";

export interface BeginRunRequest {
  /** Name of the plan. */
  readonly plan: string;
  /** Whether to continue the plan's last run. */
  readonly resume: boolean;
  /** What happens while another process runs the plan. */
  readonly overlap: "wait" | "skip";
  readonly signal?: AbortSignal | undefined;
  /** Called once if the run has to wait for another. */
  onWait?(other: BatchRunRow): void;
}

/** Runs of plans, as the catalog records them. */
export interface BatchRuns {
  /**
   * Takes the plan for this process, once no other works on it.
   * @throws InvalidStateError when another works on it and `overlap` is `skip`; NotFoundError when there is no run to
   *   resume
   */
  begin(request: BeginRunRequest): Promise<BatchRunRow>;
  record(item: BatchItemRow): Promise<void>;
  end(id: string, status: Exclude<BatchRunStatus, "running">): Promise<void>;
  items(id: string): Promise<BatchItemRow[]>;
  /** Completed items of the plan's kept runs, the newest first. */
  history(plan: string): Promise<BatchItemRow[]>;
  /** The plan's last run. */
  last(plan: string): Promise<BatchRunRow | undefined>;
}

const POLL_MS = 500;
/** Runs of a plan that are kept for estimates. */
const RUNS_KEPT = 30;

export function openBatchRuns(context: ServiceContext): BatchRuns {
  const { catalog, host } = context;
  return {
    begin: (request) => begin(context, request),
    record: (item) => catalog.batchItems.put(item),
    async end(id, status) {
      await catalog.batchRuns.update(id, { status, holder: null, endedAt: host.clock.now() });
    },
    items: (id) => catalog.batchItems.ofRun(id),
    history: (plan) => catalog.batchItems.doneOfPlan(plan),
    last: async (plan) => (await catalog.batchRuns.ofPlan(plan, 1))[0],
  };
}

async function begin(context: ServiceContext, request: BeginRunRequest): Promise<BatchRunRow> {
  const { plan, overlap, signal } = request;
  await context.host.announce();
  let hasWaited = false;
  for (;;) {
    throwIfCancelled(signal);
    const taken = await take(context, request);
    if ("mine" in taken) return taken.mine;
    const { other } = taken;
    if (await isDead(context, other.holder!)) {
      await abandon(context, other);
      continue;
    }
    if (overlap === "skip") {
      const since = other.startedAt.toISOString();
      throw new InvalidStateError(`Cannot run plan "${plan}": a run of it is under way since ${since}`);
    }
    if (!hasWaited) request.onWait?.(other);
    hasWaited = true;
    await pause(POLL_MS, signal);
  }
}

type Taken = { readonly mine: BatchRunRow } | { readonly other: BatchRunRow };

async function take({ catalog, host }: ServiceContext, { plan, resume }: BeginRunRequest): Promise<Taken> {
  return await catalog.transaction(async ({ batchRuns }) => {
    const other = await batchRuns.heldOfPlan(plan);
    if (other !== undefined) return { other };
    const held = { status: "running", holder: host.holder, endedAt: null } as const;
    if (resume) {
      const [last] = await batchRuns.ofPlan(plan, 1);
      if (last === undefined)
        throw new NotFoundError(`Cannot resume plan "${plan}": the catalog has no run of it`);
      await batchRuns.update(last.id, held);
      return { mine: { ...last, ...held } };
    }
    await batchRuns.removeOld(plan, RUNS_KEPT - 1);
    const mine = { id: crypto.randomUUID(), plan, startedAt: host.clock.now(), ...held };
    await batchRuns.insert(mine);
    return { mine };
  });
}

/** Releases the run of a dead process, unless another process has done so. */
async function abandon({ catalog }: ServiceContext, { plan, id, holder }: BatchRunRow): Promise<void> {
  await catalog.transaction(async ({ batchRuns }) => {
    const held = await batchRuns.heldOfPlan(plan);
    if (held?.id !== id || held.holder !== holder) return;
    await batchRuns.update(id, { holder: null, status: "interrupted" });
  });
}
