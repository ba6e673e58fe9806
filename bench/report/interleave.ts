/**
 * Runs contenders in turns within one process and counts their CPU time. On a shared machine wall time is off by up
 * to a factor of two, and speed drifts from second to second: so the contenders take turns, a ratio is formed within
 * a turn, and only the median over the turns is reported.
 */
import process from "node:process";

export interface Contender {
  readonly name: string;
  /** One sample: works through `bytes` bytes. */
  readonly run: () => void;
}

export interface Sample {
  readonly name: string;
  /** Bytes per microsecond of CPU time, that is MB/s, one value a turn. */
  readonly rates: readonly number[];
}

export interface InterleaveOptions {
  /** Bytes that each contender's `run` works through. */
  readonly bytes: number;
  readonly turns: number;
}

export function interleave(contenders: readonly Contender[], options: InterleaveOptions): Sample[] {
  const rates = contenders.map((): number[] => []);
  // Two unmeasured turns: V8 takes some 10 ms of use to have its optimised code for everybody.
  for (let turn = -2; turn < options.turns; turn++) {
    contenders.forEach(({ run }, index) => {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      if (turn >= 0) rates[index]!.push(options.bytes / (user + system));
    });
  }
  return contenders.map(({ name }, index) => ({ name, rates: rates[index]! }));
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** The median of the ratios within each turn. */
export function medianRatio(sample: Sample, denominator: Sample): number {
  return median(sample.rates.map((rate, turn) => rate / denominator.rates[turn]!));
}
