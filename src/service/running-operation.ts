/** One operation that this process has under way: its lease, its end on request, and how far it has come. */
import type { OperationProgress } from "../catalog/operations.js";
import { CancelledError } from "../errors.js";
import { type Progress, type RunOptions, startProgress } from "../pipeline/run/run.js";

export class RunningOperation {
  /** Of its row in the catalog. */
  readonly number: number;
  readonly progress: Progress;
  /** Aborted by the caller, by another process that asked for it, or when the lease was lost. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  #cancelReason: string | undefined;
  #lastBytes = 0;
  #lastMs: number | undefined;

  constructor(number: number, { signal, progress = startProgress() }: RunOptions) {
    this.number = number;
    this.progress = progress;
    this.signal =
      signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
  }

  /** Why somebody else ended it; `undefined` while nobody did. */
  get cancelReason(): string | undefined {
    return this.#cancelReason;
  }

  /** Ends it for a reason that is not the caller's. */
  cancel(reason: string): void {
    this.#cancelReason ??= reason;
    this.#controller.abort(new CancelledError(`Cancelled: ${reason}`));
  }

  /** What other processes are told. @param nowMs of a clock that never goes backwards; rates are between two calls */
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
