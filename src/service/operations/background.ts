/**
 * Work that continues after its request was answered. The number of concurrent heavy tasks is limited; the others wait
 * in the order of arrival and hold nothing but their rows.
 */

export interface BackgroundTask {
  /** Whether the task counts for the limit. */
  readonly isHeavy: boolean;
  /** Never rejects. */
  run(): Promise<void>;
}

/** Description of a background task for the user's message when it fails. */
export interface BackgroundSubject {
  readonly resourceType: "VOLUME" | "VOLUME_BACKUP" | "VOLUME_SNAPSHOT";
  readonly resourceId: string;
  /** The reference system's number and words for the action. */
  readonly actionId: string;
  readonly action: string;
  /** Id of the request that started the task. */
  readonly requestId: string | undefined;
}

export class Background {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #tasks = new Set<Promise<void>>();
  #running = 0;

  /** @param limit on concurrent heavy tasks */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of tasks that run or wait. */
  get count(): number {
    return this.#tasks.size;
  }

  start(task: BackgroundTask): void {
    const ended = (task.isHeavy ? this.#runInTurn(task) : task.run()).finally(() =>
      this.#tasks.delete(ended),
    );
    this.#tasks.add(ended);
  }

  /** Resolves when every task has ended. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled([...this.#tasks]);
  }

  async #runInTurn(task: BackgroundTask): Promise<void> {
    // A task that is woken takes over the place of the one that woke it.
    if (this.#running < this.#limit) this.#running++;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      await task.run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
