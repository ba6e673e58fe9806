/** Medians and spreads of few samples, and ratios between contenders that took turns. */

export interface Statistic {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** `undefined` of no samples. */
export function statisticOf(values: readonly number[]): Statistic | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { median: middleOf(sorted), low: sorted[0]!, high: sorted.at(-1)!, count: sorted.length };
}

/** Of an even count the mean of the two in the middle: with two rounds neither is the typical one. */
function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** How far apart the samples are, as a part of the median: 0 when all are alike. */
export function spreadOf({ median, low, high }: Statistic): number {
  return median === 0 ? 0 : (high - low) / median;
}

/** One value a round, by the round's index. */
export type ByRound = ReadonlyMap<number, number>;

/**
 * The median of the ratios within each round that both were in. What slows the machine down for a while slows down
 * both of a round, so a ratio drifts less than either time.
 */
export function ratioOf(numerator: ByRound, denominator: ByRound): Statistic | undefined {
  const ratios = [...numerator].flatMap(([round, value]) => {
    const other = denominator.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
  return statisticOf(ratios);
}
