/**
 * Bounds the parts that the writers of one sink keep in memory at once. A writer whose part would be one too many waits
 * until another's has been sent, but only while one is being sent: writers that are merely open may be waiting for this
 * one, and waiting for them could last for ever.
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

  /** Does `work` for a part that is held. */
  async send<T>(work: () => Promise<T>): Promise<T> {
    this.#sending++;
    try {
      return await work();
    } finally {
      this.#sending--;
      // Nobody might be sending any more, for whom it was waited.
      if (this.#sending === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}
