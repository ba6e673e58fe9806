/** The rate is measured over the last few seconds, so that it follows changes without jumping about. */
const SPAN_MS = 5000;

interface Sample {
  readonly timeMs: number;
  readonly bytes: number;
}

export class RateMeter {
  readonly #samples: Sample[];

  constructor(timeMs: number, bytes: number) {
    this.#samples = [{ timeMs, bytes }];
  }

  add(timeMs: number, bytes: number): void {
    this.#samples.push({ timeMs, bytes });
    // The oldest sample stays at least as old as the span, so the rate covers all of the span.
    while (this.#samples.length > 2 && this.#samples[1]!.timeMs <= timeMs - SPAN_MS) this.#samples.shift();
  }

  /** Bytes a second between the oldest and the newest sample; 0 while no time has passed. */
  get bytesPerSecond(): number {
    const oldest = this.#samples[0]!;
    const newest = this.#samples.at(-1)!;
    const elapsedMs = newest.timeMs - oldest.timeMs;
    return elapsedMs <= 0 ? 0 : ((newest.bytes - oldest.bytes) * 1000) / elapsedMs;
  }
}
