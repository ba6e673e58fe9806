/** Estimates for a volume's next backup, from its completed backups in earlier runs of the plan. */
import type { BatchItemRow } from "../catalog/batch-items.js";

export interface Estimate {
  /** Bytes of objects. */
  readonly storedSize: number;
  readonly durationMs: number;
}

/** Runs that an estimate is the mean of. */
const RUNS_MAX = 3;

export class Estimates {
  readonly #bySource = new Map<string, BatchItemRow[]>();

  /** @param history completed items, the newest first */
  constructor(history: readonly BatchItemRow[]) {
    for (const item of history) {
      const items = this.#bySource.get(item.source) ?? [];
      items.push(item);
      this.#bySource.set(item.source, items);
    }
  }

  /** `undefined` where no earlier run has backed it up like this. */
  of(source: string, isIncremental: boolean): Estimate | undefined {
    const like = (this.#bySource.get(source) ?? [])
      .filter((item) => item.isIncremental === isIncremental)
      .slice(0, RUNS_MAX);
    if (like.length === 0) return undefined;
    const mean = (read: (item: BatchItemRow) => number | null): number =>
      Math.round(like.reduce((sum, item) => sum + (read(item) ?? 0), 0) / like.length);
    return {
      storedSize: mean(({ storedSize }) => storedSize),
      durationMs: mean(({ durationMs }) => durationMs),
    };
  }
}

/** Time of all together: no shorter than the longest, nor than their sum divided by how many run at once. */
export function estimateTotalMs(
  estimates: readonly (Estimate | undefined)[],
  concurrency: number,
): number | undefined {
  const known = estimates.filter((estimate) => estimate !== undefined);
  if (known.length === 0 || known.length < estimates.length) return undefined;
  const durations = known.map(({ durationMs }) => durationMs);
  return Math.max(...durations, Math.ceil(durations.reduce((sum, each) => sum + each, 0) / concurrency));
}
