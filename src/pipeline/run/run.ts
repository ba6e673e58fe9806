/** One execution of a pipeline: its end, its memory, and how far it has come. */
import { CancelledError } from "../../errors.js";
import type { Profile } from "./profile.js";

/** Counters that the stages update. Progress displays read them at any time. */
export interface Progress {
  /** What is being done, in a word: `waiting` for its turn, `running`, `completing` what was begun. */
  stage: "waiting" | "running" | "completing";
  /** Place in the queue while waiting, from 1 on; else 0. */
  queuePlace: number;
  /** Bytes of the volume there are to do. */
  bytesTotal: number;
  /** Bytes of the volume whose handling is complete: stored or found unchanged, written or verified. */
  bytesDone: number;
  /** Bytes of objects, as stored. */
  storedBytes: number;
  objectCount: number;
  digestCount: number;
  zeroBlockCount: number;
}

/** Counters for a run that has not begun. */
export function startProgress(): Progress {
  return {
    stage: "running",
    queuePlace: 0,
    bytesTotal: 0,
    bytesDone: 0,
    storedBytes: 0,
    objectCount: 0,
    digestCount: 0,
    zeroBlockCount: 0,
  };
}

/** What every run may be told. */
export interface RunOptions {
  /** Stops the run within one window. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
  /** Is told by the stages where their time goes. @default {nobody is} */
  readonly profile?: Profile | undefined;
}

/**
 * How long a request that stores something may go on after the run's end. What a server has received whole it may
 * complete behind the back of a connection that was cut, and after the removal of what was stored: so whatever is nearly
 * there is waited for, and only what takes longer is cut.
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

  /** Ends every wait of the run, whether it was cancelled or one of its stages failed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends what is being stored, a moment after `signal`. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /**
   * Pipes what comes out of the stages to the last one, until the run is cancelled or something fails.
   *
   * The stages before a last one that failed are cancelled here and not by `pipeTo`, which would then reject with what
   * one of them threw as it was cut off in the middle of its work, and not with the failure itself.
   */
  async drain<T>(stages: ReadableStream<T>, last: WritableStream<T>): Promise<void> {
    try {
      await stages.pipeTo(last, { signal: this.signal, preventCancel: true });
    } catch (error) {
      stages.cancel(error).catch(() => {});
      throw error;
    }
  }

  /** Lets go of the caller's signal, which may outlive many runs. Nothing may be under way any more. */
  end(): void {
    clearTimeout(this.#grace);
    this.#cancelled?.removeEventListener("abort", this.#onAbort);
  }

  /** Ends every wait after a failure, and says what the caller is to be told: the failure, or that it was cancelled. */
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
