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
import { CancelledError, isAshlarError } from "../../errors.js";
import type { MemoryPlan } from "../../pipeline/memory/plan.js";
import { Profile } from "../../pipeline/run/profile.js";
import { type RunOptions, throwIfCancelled } from "../../pipeline/run/run.js";
import type { ServiceParts } from "../host.js";
import { OperationLedger } from "./ledger.js";
import { checkPlan, type Limits, queuePositionOf } from "./limits.js";
import { DeadSweep, pause } from "./poll.js";
import { Pulse, TAKEN_FOR_DEAD } from "./pulse.js";
import { RunningOperation } from "./running-operation.js";

export interface AdmissionRequest extends RunOptions {
  readonly kind: OperationKind;
  /** Without a plan, the operation's memory is too small to count. */
  readonly plan?: MemoryPlan;
  readonly backupId?: string | undefined;
  readonly volumeId?: string | undefined;
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
  readonly #waiting = new Set<() => void>();
  #recent: Promise<OperationRow[]> | undefined;

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
    return isHeld ? cause : new CancelledError(`Cancelled: ${TAKEN_FOR_DEAD}`, { cause });
  }

  async #enter(request: AdmissionRequest): Promise<{ row: OperationRow; position: number }> {
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
      return { row, position: await this.#startIfFits(tables, row) };
    });
  }

  /** The operation's position in the queue; 0 when it has started. */
  async #startIfFits({ operations }: CatalogTables, row: OperationRow): Promise<number> {
    const position = queuePositionOf(await operations.list(), row, this.limits);
    if (position === 0 && !(await operations.start(row.number)))
      throw new CancelledError(`Cancelled: ${TAKEN_FOR_DEAD}`);
    return position;
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
      position = queuePositionOf(await this.#list(), row, this.limits);
      if (position === 0) position = await catalog.transaction((tables) => this.#startIfFits(tables, row));
      else await this.#pause(signal);
      throwIfCancelled(signal);
    }
    progress.stage = "running";
    progress.queuePosition = 0;
  }

  /** All operations, as they were a moment ago: those that wait in this process share one query. */
  async #list(): Promise<OperationRow[]> {
    this.#recent ??= this.#query();
    return await this.#recent;
  }

  #query(): Promise<OperationRow[]> {
    const rows = this.#parts.catalog.operations.list();
    const forget = (): void => {
      if (this.#recent === rows) this.#recent = undefined;
    };
    void pause(POLL_MS / 2, undefined).then(forget);
    rows.catch(forget);
    return rows;
  }

  /** Resolves when an operation of this service has ended, the signal is aborted, or the poll interval has passed. */
  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    // Randomized, so that waiting operations do not all check at the same moment.
    await pause(POLL_MS * (0.5 + this.#parts.host.random()), woken.signal);
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(wake);
  }

  async #leave(operation: RunningOperation): Promise<void> {
    await this.#pulse.remove(operation);
    // A lease that cannot be released now ends with this process, or expires.
    await this.#parts.catalog.operations.remove(operation.number).catch(() => false);
    this.#recent = undefined;
    for (const wake of [...this.#waiting]) wake();
  }
}
