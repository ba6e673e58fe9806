/** A running operation of this process: its lease, its cancellation, and its progress. */
import type { OperationProgress } from "../../catalog/operations.js";
import { CancelledError, LeaseLostError } from "../../errors.js";
import type { Profile } from "../../pipeline/run/profile.js";
import { type Progress, type RunOptions, startProgress, throwIfCancelled } from "../../pipeline/run/run.js";

/** The renewals of a process's leases. */
export interface Lease {
  /** Whether the last renewal is so recent that no process can have taken this one for dead. */
  isFresh(): boolean;
  /** Renews the leases that are still held, and cancels the operations whose leases are not. */
  confirm(): Promise<void>;
}

interface MeteredOptions extends RunOptions {
  readonly profile: Profile;
}

export class RunningOperation {
  /** Number of its row in the catalog. */
  readonly number: number;
  readonly progress: Progress;
  /** Times of its stages. */
  readonly profile: Profile;
  /** Aborted by the caller, by another process that asked for it, or when the lease was lost. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #lease: Lease;
  #cancelReason: string | undefined;
  #isLeaving = false;
  #hasLeft = false;
  #lastBytes = 0;
  #lastMs: number | undefined;

  constructor(number: number, lease: Lease, { signal, progress = startProgress(), profile }: MeteredOptions) {
    this.number = number;
    this.#lease = lease;
    this.progress = progress;
    this.profile = profile;
    this.signal =
      signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
  }

  /** Why another process cancelled it; `undefined` if none did. */
  get cancelReason(): string | undefined {
    return this.#cancelReason;
  }

  /** Whether its row was removed together with the last change that it made. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Runs the transaction that makes its last change and removes its row. */
  async leave<T>(transaction: () => Promise<T>): Promise<T> {
    this.#isLeaving = true;
    try {
      const result = await transaction();
      this.#hasLeft = true;
      return result;
    } finally {
      this.#isLeaving = this.#hasLeft;
    }
  }

  /** Cancels it for a reason that is not the caller's. */
  cancel(reason: string): void {
    this.#cancelReason ??= reason;
    this.#controller.abort(new CancelledError(`Cancelled: ${reason}`));
  }

  /** Ends it because its lease was lost, for whatever reason, but not because it removes its row itself. */
  loseLease(reason: string): void {
    if (this.#isLeaving) return;
    this.#cancelReason ??= reason;
    this.#controller.abort(new LeaseLostError(`Cancelled: ${reason}`));
  }

  /**
   * Must be awaited before anything is written on behalf of the operation; `undefined` if no wait is needed.
   * @throws CancelledError when the lease was lost, or the operation was cancelled
   */
  fence(): Promise<void> | undefined {
    return this.#lease.isFresh() ? undefined : this.#confirm();
  }

  async #confirm(): Promise<void> {
    await this.#lease.confirm();
    throwIfCancelled(this.signal);
  }

  /** The progress that other processes see. @param nowMs of a monotonic clock; rates are computed between two calls */
  report(nowMs: number): OperationProgress {
    const { stage, bytesDone, bytesTotal, storedBytes } = this.progress;
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    const moved = bytesDone - this.#lastBytes;
    this.#lastMs = nowMs;
    this.#lastBytes = bytesDone;
    const bytesPerSecond = elapsedMs <= 0 ? 0 : Math.round((moved * 1000) / elapsedMs);
    return { stage, bytesDone, bytesTotal, storedBytes, bytesPerSecond };
  }
}
