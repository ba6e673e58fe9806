/**
 * Work that goes on after its request was answered. Only so many heavy tasks run at once; the others wait in the order
 * of arrival and hold nothing but their rows.
 */

export interface BackgroundTask {
  /** Whether it counts for the limit. */
  readonly isHeavy: boolean;
  /** Never rejects. */
  run(): Promise<void>;
}

/** What the user is told of where the work fails. */
export interface BackgroundSubject {
  readonly resourceType: "VOLUME" | "VOLUME_BACKUP" | "VOLUME_SNAPSHOT";
  readonly resourceId: string;
  /** The reference system's number of the action, and its words. */
  readonly actionId: string;
  readonly action: string;
  /** The request that asked for it. */
  readonly requestId: string | undefined;
}

export class Background {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #tasks = new Set<Promise<void>>();
  #running = 0;

  /** @param limit of heavy tasks at once */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many tasks run or wait. */
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
