/**
 * The door that every operation goes through: it takes a number in the catalog, waits until `backup_max_operations`
 * and `backup_max_memory` have room for it beside those of all processes that share the catalog, works under a lease,
 * and gives it back.
 *
 * An operation is admitted once, with its whole plan, and before it holds anything that another could want, so waiting
 * always ends: what is under way ends without being admitted to anything further, and what dead processes had under
 * way is removed by those who wait.
 */
import type { CatalogTables } from "../catalog/catalog.js";
import type { OperationKind, OperationRecord } from "../catalog/operations.js";
import { CancelledError } from "../errors.js";
import type { MemoryPlan } from "../pipeline/memory/plan.js";
import { type RunOptions, throwIfCancelled } from "../pipeline/run/run.js";
import type { ServiceParts } from "./host.js";
import { checkPlan, type Limits, placeInQueue } from "./limits.js";
import { DeadSweep, pause } from "./poll.js";
import { Pulse, TAKEN_FOR_DEAD } from "./pulse.js";
import { RunningOperation } from "./running-operation.js";

export interface AdmissionRequest extends RunOptions {
  readonly kind: OperationKind;
  /** Without one it takes no memory that is worth counting. */
  readonly plan?: MemoryPlan;
  readonly backupId?: string | undefined;
  readonly volumeId?: string | undefined;
}

/** Operations of these kinds count for `backup_max_operations`. */
const COUNTED: readonly OperationKind[] = ["backup", "restore", "consolidate"];
/** Between two looks at the queue, unless an operation of this service ends before. */
const POLL_MS = 150;

export class Admission {
  readonly #parts: ServiceParts;
  readonly #limits: Limits;
  readonly #pulse: Pulse;
  readonly #waiting = new Set<() => void>();

  constructor(parts: ServiceParts, limits: Limits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#pulse = new Pulse(parts);
  }

  /**
   * Does `work` once there is room for it.
   * @throws UsageError for a plan that could never fit; CancelledError when the wait was ended
   */
  async run<T>(request: AdmissionRequest, work: (operation: RunningOperation) => Promise<T>): Promise<T> {
    if (request.plan !== undefined) checkPlan(request.plan, this.#limits);
    throwIfCancelled(request.signal);
    await this.#parts.host.announce();
    const { row, place } = await this.#enter(request);
    const operation = new RunningOperation(row.number, this.#pulse, request);
    this.#pulse.add(operation);
    try {
      await this.#wait(row, place, operation);
      return await work(operation);
    } finally {
      await this.#leave(operation);
    }
  }

  async #enter(request: AdmissionRequest): Promise<{ row: OperationRecord; place: number }> {
    const { kind, plan, backupId, volumeId } = request;
    return await this.#parts.catalog.transaction(async (tables) => {
      const row = await tables.operations.add({
        kind,
        holder: this.#parts.host.holder,
        slots: COUNTED.includes(kind) ? 1 : 0,
        memory: plan?.total ?? 0,
        backupId: backupId ?? null,
        volumeId: volumeId ?? null,
      });
      return { row, place: await this.#startIfFits(tables, row) };
    });
  }

  /** Its place in the queue; 0 when it has begun. */
  async #startIfFits({ operations }: CatalogTables, row: OperationRecord): Promise<number> {
    const place = placeInQueue(await operations.list(), row, this.#limits);
    if (place === 0 && !(await operations.start(row.number)))
      throw new CancelledError(`Cancelled: ${TAKEN_FOR_DEAD}`);
    return place;
  }

  async #wait(
    row: OperationRecord,
    firstPlace: number,
    { progress, signal }: RunningOperation,
  ): Promise<void> {
    const { catalog } = this.#parts;
    const sweep = new DeadSweep(this.#parts);
    for (let place = firstPlace; place > 0; ) {
      progress.stage = "waiting";
      progress.queuePlace = place;
      await sweep.run();
      // Most looks find nothing, and reading needs no lock.
      place = placeInQueue(await catalog.operations.list(), row, this.#limits);
      if (place === 0) place = await catalog.transaction((tables) => this.#startIfFits(tables, row));
      else await this.#pause(signal);
      throwIfCancelled(signal);
    }
    progress.stage = "running";
    progress.queuePlace = 0;
  }

  /** Until an operation of this service has ended, the signal comes, or some time has passed. */
  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    // A random share of the time, so that those who wait do not all look at the same moment.
    await pause(POLL_MS * (0.5 + this.#parts.host.random()), woken.signal);
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(wake);
  }

  async #leave(operation: RunningOperation): Promise<void> {
    await this.#pulse.remove(operation);
    // A lease that cannot be given back now ends with this process, or expires.
    await this.#parts.catalog.operations.remove(operation.number).catch(() => false);
    for (const wake of [...this.#waiting]) wake();
  }
}
