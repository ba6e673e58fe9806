/** Requests of each project in a minute: a bucket that fills up evenly. */
import type { Clock } from "../ports.js";
import { Fault } from "./faults.js";

const MINUTE_MS = 60_000;
/** Projects that have asked for nothing for a minute have a full bucket, and are forgotten. */
const PROJECTS_MAX = 10_000;

interface Bucket {
  level: number;
  readMs: number;
}

export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** @throws Fault 413 that says when to come again, as the reference system's limiter does */
  take(projectId: string): void {
    const nowMs = this.#clock.monotonicMs();
    const perMs = this.#perMinute / MINUTE_MS;
    const bucket = this.#buckets.get(projectId) ?? { level: this.#perMinute, readMs: nowMs };
    bucket.level = Math.min(this.#perMinute, bucket.level + (nowMs - bucket.readMs) * perMs);
    bucket.readMs = nowMs;
    this.#forget();
    this.#buckets.set(projectId, bucket);
    if (bucket.level < 1) {
      const seconds = Math.ceil((1 - bucket.level) / perMs / 1000);
      throw new Fault(413, "This request was rate-limited.", seconds);
    }
    bucket.level -= 1;
  }

  #forget(): void {
    if (this.#buckets.size < PROJECTS_MAX) return;
    const nowMs = this.#clock.monotonicMs();
    for (const [project, { readMs }] of this.#buckets)
      if (nowMs - readMs >= MINUTE_MS) this.#buckets.delete(project);
  }
}
