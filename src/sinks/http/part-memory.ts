/**
 * Bounds the number of parts that the writers of one sink keep in memory at once. A writer whose part would exceed it
 * waits until another part has been sent, but only while one is being sent: writers that are merely open may be waiting
 * for this one, so waiting for them could deadlock.
 */

export class PartMemory {
  readonly #countMax: number;
  #held = 0;
  #sending = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  async acquire(): Promise<void> {
    while (this.#held >= this.#countMax && this.#sending > 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#held++;
  }

  release(): void {
    this.#held--;
    this.#waiting.shift()?.();
  }

  /** Runs `work`, which sends an acquired part. */
  async send<T>(work: () => Promise<T>): Promise<T> {
    this.#sending++;
    try {
      return await work();
    } finally {
      this.#sending--;
      // Nothing is being sent any more, so there is nothing to wait for.
      if (this.#sending === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}
