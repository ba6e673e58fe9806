/**
 * Admission of operations. Every operation takes a number in the catalog, waits until `backup_max_operations` and
 * `backup_max_memory` leave room for it beside the operations of all processes that share the catalog, works under a
 * lease, and releases the lease.
 *
 * An operation is admitted once, with its whole plan, and before it holds anything that another could want, so waiting
 * always ends: running operations need no further admission, and waiting operations remove what dead processes left
 * running.
 */
import type { CatalogTables } from "../../catalog/catalog.js";
import type { OperationKind, OperationRow } from "../../catalog/operations.js";
import { isAshlarError, LeaseLostError } from "../../errors.js";
import type { MemoryPlan } from "../../pipeline/memory/plan.js";
import { Profile } from "../../pipeline/run/profile.js";
import { type RunOptions, throwIfCancelled } from "../../pipeline/run/run.js";
import type { Host, ServiceParts } from "../host.js";
import { OperationLedger } from "./ledger.js";
import { checkPlan, checkScopedPlan, type Limits } from "./limits.js";
import { Notices } from "./notices.js";
import { DeadSweep, pause } from "./poll.js";
import { Pulse, TAKEN_FOR_DEAD } from "./pulse.js";
import { type QueuePart, type QueueView, viewQueue } from "./queue-order.js";
import { RunningOperation } from "./running-operation.js";

export interface AdmissionRequest extends RunOptions {
  readonly kind: OperationKind;
  /** Without a plan, the operation's memory is too small to count. */
  readonly plan?: MemoryPlan;
  readonly backupId?: string | undefined;
  readonly volumeId?: string | undefined;
  readonly projectId?: string | null | undefined;
  /** URL of the repository that it writes to or reads. */
  readonly repository?: string | undefined;
  /** Number of the operation, if this process has taken it from the queue. */
  readonly number?: number | undefined;
}

/** Kinds of operations that count towards `backup_max_operations`. */
const COUNTED: readonly OperationKind[] = ["backup", "restore", "consolidate", "copy"];

/** Time between two checks of the queue, unless an operation of this service ends earlier. */
const POLL_MS = 150;

export class Admission {
  readonly #parts: ServiceParts;
  readonly limits: Limits;
  /** The operations of this process. */
  readonly ledger: OperationLedger = new OperationLedger();
  readonly #pulse: Pulse;
  readonly #sweep: DeadSweep;
  /** Notices of operations of this process that have ended. */
  readonly ends: Notices = new Notices();
  #recent: Promise<QueueView> | undefined;

  constructor(parts: ServiceParts, limits: Limits) {
    this.#parts = parts;
    this.limits = limits;
    this.#pulse = new Pulse(parts);
    this.#sweep = new DeadSweep(parts);
  }

  /**
   * Runs `work` once there is room for it.
   * @throws UsageError for a plan that could never fit; CancelledError when the wait was cancelled
   */
  async run<T>(request: AdmissionRequest, work: (operation: RunningOperation) => Promise<T>): Promise<T> {
    if (request.plan !== undefined) checkPlan(request.plan, this.limits);
    throwIfCancelled(request.signal);
    await this.#parts.host.announce();
    const { row, position } = await this.#enter(request);
    const { signal, progress, profile = new Profile(this.#parts.host.clock) } = request;
    const operation = new RunningOperation(row.number, this.#pulse, { signal, progress, profile });
    this.#pulse.add(operation);
    this.ledger.begin(operation, request.kind);
    let failure: unknown;
    try {
      await this.#wait(row, position, operation);
      return await work(operation);
    } catch (error) {
      failure = await this.#explain(operation, error);
      throw failure;
    } finally {
      this.ledger.end(operation, failure);
      await this.#leave(operation);
    }
  }

  /** The lost lease instead of a failure that follows from it, e.g. that objects were removed by the repair. */
  async #explain({ number }: RunningOperation, cause: unknown): Promise<unknown> {
    // These say so themselves.
    if (isAshlarError(cause, "cancelled") || isAshlarError(cause, "invalid-state")) return cause;
    const isHeld = await this.#parts.catalog.operations.isHeld(number).catch(() => true);
    return isHeld ? cause : new LeaseLostError(`Cancelled: ${TAKEN_FOR_DEAD}`, { cause });
  }

  async #enter(request: AdmissionRequest): Promise<{ row: OperationRow; position: number }> {
    const { number, plan } = request;
    const { catalog } = this.#parts;
    return await catalog.transaction(async (tables) => {
      const row = await (number === undefined
        ? this.#add(tables, request)
        : this.#continue(tables, number, plan?.total ?? 0));
      if (plan !== undefined) checkScopedPlan(plan, row, await tables.limits.list());
      return { row, position: await this.#startIfFits(tables, row) };
    });
  }

  async #add({ operations }: CatalogTables, request: AdmissionRequest): Promise<OperationRow> {
    const { kind, plan, backupId, volumeId, projectId, repository } = request;
    return await operations.add({
      kind,
      holder: this.#parts.host.holder,
      slots: COUNTED.includes(kind) ? 1 : 0,
      memory: plan?.total ?? 0,
      backupId: backupId ?? null,
      volumeId: volumeId ?? null,
      host: this.#parts.catalog.host ?? null,
      projectId: projectId ?? null,
      repository: repository ?? null,
    });
  }

  /** An operation that this process has taken has its place; its memory is known only now. */
  async #continue({ operations }: CatalogTables, number: number, memory: number): Promise<OperationRow> {
    const taken = await operations.byNumber(number);
    if (taken?.holder !== this.#parts.host.holder) throw new LeaseLostError(`Cancelled: ${TAKEN_FOR_DEAD}`);
    const changes = { memory, state: "waiting", stage: "waiting" } as const;
    await operations.update(number, changes);
    return { ...taken, ...changes };
  }

  /** The operation's position in the queue; 0 when it has started. */
  async #startIfFits(tables: CatalogTables, row: OperationRow): Promise<number> {
    const position = (await this.#view(tables, { upTo: row.number })).positionOf(row);
    if (position === 0 && !(await tables.operations.start(row.number)))
      throw new LeaseLostError(`Cancelled: ${TAKEN_FOR_DEAD}`);
    return position;
  }

  /** The queue as it is. */
  #view(tables: CatalogTables, part?: QueuePart): Promise<QueueView> {
    return viewQueue(tables, this.limits, this.#parts.host.clock, part);
  }

  async #wait(
    row: OperationRow,
    firstPosition: number,
    { progress, signal }: RunningOperation,
  ): Promise<void> {
    const { catalog } = this.#parts;
    for (let position = firstPosition; position > 0; ) {
      progress.stage = "waiting";
      progress.queuePosition = position;
      await this.#sweep.run();
      // Most checks find no change, and reading needs no lock.
      position = (await this.#recentView()).positionOf(row);
      if (position === 0) position = await catalog.transaction((tables) => this.#startIfFits(tables, row));
      // Randomized, so that waiting operations do not all check at the same moment.
      else await this.ends.wait(POLL_MS * (0.5 + this.#parts.host.random()), signal);
      throwIfCancelled(signal);
    }
    progress.stage = "running";
    progress.queuePosition = 0;
  }

  /** The queue as it was a moment ago: operations that wait in this process share its queries. */
  async #recentView(): Promise<QueueView> {
    this.#recent ??= this.#query();
    return await this.#recent;
  }

  #query(): Promise<QueueView> {
    const view = this.#view(this.#parts.catalog);
    const forget = (): void => {
      if (this.#recent === view) this.#recent = undefined;
    };
    void pause(POLL_MS / 2, undefined).then(forget);
    view.catch(forget);
    return view;
  }

  async #leave(operation: RunningOperation): Promise<void> {
    await this.#pulse.remove(operation);
    // A lease that cannot be released now ends with this process, or expires.
    if (!operation.hasLeft)
      await this.#parts.catalog
        .transaction((tables) => endOperation(tables, operation, this.#parts.host))
        .catch(() => undefined);
    this.#recent = undefined;
    this.ends.notify();
  }
}

/** Removes the operation's row in the transaction of the caller, and wakes those who wait. */
export async function endOperation(
  { operations }: Pick<CatalogTables, "operations">,
  { number }: Pick<RunningOperation, "number">,
  { holder }: Pick<Host, "holder">,
): Promise<void> {
  await operations.removeHeld(number, holder);
  await operations.notifyQueue();
}
