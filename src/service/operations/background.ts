/**
 * Work that continues after its request was answered. The number of concurrent heavy tasks is limited; the others wait
 * in the order of arrival and hold nothing but their rows.
 */
import { CancelledError } from "../../errors.js";
import type { BackgroundSubject } from "./background-subject.js";
import { EndedTasks } from "./ended-tasks.js";
import { Notices } from "./notices.js";

/** What a task works on. */
export interface TaskSubject extends Pick<BackgroundSubject, "resourceType" | "resourceId"> {
  /** Number of the operation, if it was taken from the queue. */
  readonly number?: number | undefined;
}

export interface BackgroundTask extends TaskSubject {
  /** Whether the task counts for the limit. */
  readonly isHeavy: boolean;
  /** Never rejects. */
  run(): Promise<void>;
  /** Called instead of `run` when the service closes before the task's turn. Never rejects. */
  stop(error: CancelledError): Promise<void>;
}

/** Time for tasks that were cut off to settle their rows. */
const SETTLE_MS = 10_000;

export class Background {
  readonly ended: EndedTasks = new EndedTasks();
  /** Notices of tasks that have ended. */
  readonly ends: Notices = new Notices();
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #tasks = new Map<Promise<void>, TaskSubject>();
  readonly #prepared = new Set<TaskSubject>();
  readonly #cut = new AbortController();
  #running = 0;
  #isClosing = false;

  /** @param limit on concurrent heavy tasks */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of tasks that run or wait. */
  get count(): number {
    return this.#tasks.size;
  }

  /** What tasks work on that run, wait or are prepared. */
  subjects(): TaskSubject[] {
    return [...this.#tasks.values(), ...this.#prepared];
  }

  /** Prepares a task; `subjects` includes what it will work on. */
  async prepare<T>(subject: TaskSubject, work: () => Promise<T>): Promise<T> {
    this.#prepared.add(subject);
    try {
      return await work();
    } finally {
      this.#prepared.delete(subject);
    }
  }

  /** Number of heavy tasks whose turn has not come. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Aborted when running tasks are cut off because the service closes. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** Whether a task that is cancelled now is cancelled because the service closes. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  start(task: BackgroundTask): void {
    const ended = (task.isHeavy ? this.#runInTurn(task) : this.#runOrStop(task)).finally(() => {
      this.#tasks.delete(ended);
      this.ends.notify();
    });
    this.#tasks.set(ended, task);
  }

  /**
   * Stops the waiting tasks, waits `graceMs` for the running ones, and cuts off those that are left.
   * @param signal cuts them off earlier
   */
  async close(graceMs: number, signal?: AbortSignal): Promise<void> {
    this.#isClosing = true;
    for (const go of this.#waiting.splice(0)) go();
    await this.#idleWithin(graceMs, signal);
    this.#cut.abort(stopped());
    await this.#idleWithin(SETTLE_MS);
  }

  /** Resolves when every task has ended, the time is over, or the signal is aborted. */
  async #idleWithin(limitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#tasks.size === 0 || signal?.aborted) return;
    const { promise: over, resolve } = deferred();
    const timer = setTimeout(resolve, limitMs);
    signal?.addEventListener("abort", resolve, { once: true });
    await Promise.race([over, this.#idle()]);
    clearTimeout(timer);
    signal?.removeEventListener("abort", resolve);
  }

  async #idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled([...this.#tasks.keys()]);
  }

  async #runOrStop(task: BackgroundTask): Promise<void> {
    await (this.#isClosing ? task.stop(stopped()) : task.run());
  }

  async #runInTurn(task: BackgroundTask): Promise<void> {
    // A task that is woken takes over the place of the one that woke it.
    if (this.#running < this.#limit) this.#running++;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      await this.#runOrStop(task);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

function stopped(): CancelledError {
  return new CancelledError("Cancelled: the service was stopped");
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
