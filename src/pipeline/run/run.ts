/** One execution of a pipeline: its signals and its progress. */
import { CancelledError } from "../../errors.js";
import type { Profile } from "./profile.js";

/** Counters that the stages update. Progress displays read them at any time. */
export interface Progress {
  /** `waiting` in the queue, `running`, or `completing` the last objects. */
  stage: "waiting" | "running" | "completing";
  /** Position in the queue while waiting, from 1; otherwise 0. */
  queuePosition: number;
  /** Bytes of the volume to process. */
  bytesTotal: number;
  /** Bytes of the volume that are finished: stored or found unchanged, written or verified. */
  bytesDone: number;
  /** Bytes of the volume that were not read: holes, and what hints claim to be unchanged. */
  bytesSkipped: number;
  /** Stored bytes of objects. */
  storedBytes: number;
  objectCount: number;
  digestCount: number;
  zeroBlockCount: number;
}

/** Counters for a run that has not begun. */
export function startProgress(): Progress {
  return {
    stage: "running",
    queuePosition: 0,
    bytesTotal: 0,
    bytesDone: 0,
    bytesSkipped: 0,
    storedBytes: 0,
    objectCount: 0,
    digestCount: 0,
    zeroBlockCount: 0,
  };
}

/** Options of every run. */
export interface RunOptions {
  /** Stops the run within one window. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
  /** Receives the times of the stages. @default {none: no times are taken} */
  readonly profile?: Profile | undefined;
}

/**
 * Grace period for requests that store something when the run fails or is cancelled. A server that has received a whole
 * request may complete it although the connection was cut, even after the stored objects were removed. So requests that
 * are nearly complete may finish, and only longer ones are cut.
 */
const GRACE_MS = 300;

export class Run {
  readonly progress: Progress;
  readonly #controller = new AbortController();
  readonly #cut = new AbortController();
  #grace: ReturnType<typeof setTimeout> | undefined;
  readonly #cancelled: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#cancelled!.reason);

  constructor({ signal, progress = startProgress() }: RunOptions) {
    this.progress = progress;
    this.#cancelled = signal;
    this.signal.addEventListener("abort", () => {
      this.#grace = setTimeout(() => this.#cut.abort(this.signal.reason), GRACE_MS);
    });
    if (signal?.aborted) this.#controller.abort(signal.reason);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Ends every wait of the run, after cancellation or the failure of a stage. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends requests that store something, a grace period after `signal`. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /**
   * Pipes the output of the stages into the last one, until the run is cancelled or a stage fails.
   *
   * If the last stage fails, the stages before it are cancelled here and not by `pipeTo`: that could reject with an
   * error caused by the cancellation instead of the failure itself.
   */
  async drain<T>(stages: ReadableStream<T>, last: WritableStream<T>): Promise<void> {
    try {
      await stages.pipeTo(last, { signal: this.signal, preventCancel: true });
    } catch (error) {
      stages.cancel(error).catch(() => {});
      throw error;
    }
  }

  /** Detaches from the caller's signal, which may outlive many runs. Call when no work is in progress any more. */
  end(): void {
    clearTimeout(this.#grace);
    this.#cancelled?.removeEventListener("abort", this.#onAbort);
  }

  /** Ends every wait after a failure. Returns the error for the caller: the failure, or a cancellation. */
  fail(error: unknown): unknown {
    this.#controller.abort(error);
    return this.#cancelled?.aborted ? cancellationOf(this.#cancelled) : error;
  }
}

/** @throws CancelledError when `signal` has been aborted, whatever its reason is */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancellationOf(signal);
}

function cancellationOf({ reason }: AbortSignal): CancelledError {
  return reason instanceof CancelledError ? reason : new CancelledError("Cancelled", { cause: reason });
}
