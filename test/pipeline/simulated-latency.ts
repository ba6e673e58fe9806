/**
 * Calls that all take equally long, on a clock of its own: it stands while anything is still at work, and goes on to the
 * next call's end when nothing is. So what is measured is how many calls follow one another, whatever else the machine
 * does.
 */

/** Turns of the event loop without a new call after which nothing is at work any more; streams take one or two. */
const IDLE_TURNS = 4;

interface Call {
  /** On this clock. */
  readonly end: number;
  finish(): void;
}

export class SimulatedLatency {
  /** How many calls have followed one another. */
  now = 0;
  /** By their ends, as all take equally long. */
  readonly #calls: Call[] = [];
  #idleTurns = 0;
  #isTicking = false;

  /** Resolves one call later. */
  call(): Promise<void> {
    this.#idleTurns = 0;
    this.#tick();
    return new Promise((finish) => this.#calls.push({ end: this.now + 1, finish }));
  }

  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    setImmediate(() => {
      this.#isTicking = false;
      if (++this.#idleTurns >= IDLE_TURNS) this.#goOn();
      if (this.#calls.length > 0) this.#tick();
    });
  }

  #goOn(): void {
    this.now = this.#calls[0]?.end ?? this.now;
    this.#idleTurns = 0;
    while (this.#calls[0]?.end === this.now) this.#calls.shift()!.finish();
  }
}
