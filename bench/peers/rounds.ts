/**
 * The order of measurements. In a round every contender of a group runs once, beginning with another one each time;
 * ratios are formed within a round. All groups have their first round, in the order given; then the cheapest have more,
 * while there is time: what takes a second needs more samples than what takes a minute. A contender that fails is out,
 * and the others go on.
 */

import type { Contender, Figures } from "./contender.js";
import type { Meter, Sample } from "./meter.js";
import { settle } from "./settle.js";

/** A command that was begun in time may go on for that long, and is then ended. */
const GRACE_MS = 60_000;

export interface Group {
  readonly id: string;
  /** Made when it is the group's turn, because making it may take time and disk. */
  readonly contenders: () => Promise<readonly Contender[]>;
  /** Most rounds; the run's where left out. */
  readonly roundsMax?: number;
  /** Its rounds follow one another, then `end` gives back what it took. */
  readonly end?: () => Promise<void>;
}

export interface RoundSample extends Sample {
  readonly round: number;
}

export interface Measured {
  readonly samples: RoundSample[];
  figures: Figures;
  /** Why there are no more samples. */
  error?: string;
}

/** By group's ID and contender's name. */
export type Measurements = Record<string, Record<string, Measured>>;

export interface RoundsOptions {
  readonly meter: Meter;
  readonly rounds: number;
  /** Moment of `performance.now()` after which no round begins. */
  readonly deadlineMs: number;
  /** Keeps what there is so far. */
  readonly keep: (measurements: Measurements) => Promise<void>;
  readonly tell: (line: string) => void;
}

export async function runRounds(groups: readonly Group[], options: RoundsOptions): Promise<Measurements> {
  const measurements: Measurements = {};
  const runs = groups.map((group) => new GroupRun(group, options));
  const isOver = (): boolean => performance.now() > options.deadlineMs;
  for (const run of runs) {
    if (isOver()) options.tell(`${run.group.id}: left out, there is no time left`);
    else await run.round(measurements);
    while (run.group.end !== undefined && run.isOpen && fits(run, options)) await run.round(measurements);
    await run.group.end?.();
    await options.keep(measurements);
  }
  const open = runs.filter(({ group }) => group.end === undefined);
  for (let round = 1; round < options.rounds; round++) {
    for (const run of [...open].sort((a, b) => a.seconds - b.seconds)) {
      if (!run.isOpen || !fits(run, options)) continue;
      await run.round(measurements);
      await options.keep(measurements);
    }
  }
  return measurements;
}

function fits({ seconds }: { readonly seconds: number }, { deadlineMs }: RoundsOptions): boolean {
  return performance.now() + seconds * 1000 < deadlineMs;
}

class GroupRun {
  readonly group: Group;
  readonly #options: RoundsOptions;
  #contenders: readonly Contender[] | undefined;
  #round = 0;
  /** What the last round took. */
  seconds = 0;

  constructor(group: Group, options: RoundsOptions) {
    this.group = group;
    this.#options = options;
  }

  /** Whether it has begun and may have another round. */
  get isOpen(): boolean {
    const { roundsMax = this.#options.rounds } = this.group;
    return (this.#contenders?.length ?? 0) > 0 && this.#round < Math.min(roundsMax, this.#options.rounds);
  }

  async round(measurements: Measurements): Promise<void> {
    const start = performance.now();
    const { id } = this.group;
    measurements[id] ??= {};
    try {
      this.#contenders ??= await this.group.contenders();
    } catch (error) {
      this.#contenders = [];
      this.#options.tell(`${id}: ${(error as Error).message}`);
    }
    for (const contender of rotated(this.#contenders, this.#round)) {
      measurements[id][contender.name] ??= { samples: [], figures: {} };
      const measured = measurements[id][contender.name]!;
      if (measured.error === undefined) await this.#turn(contender, measured);
    }
    this.#round++;
    this.seconds = (performance.now() - start) / 1000;
  }

  async #turn(contender: Contender, measured: Measured): Promise<void> {
    const { meter, tell, deadlineMs } = this.#options;
    const isFirst = measured.samples.length === 0;
    try {
      await contender.prepare();
      await settle(meter.directory);
      const { sample, stderr } = await meter.measure(contender.command(), {
        timeoutMs: Math.max(0, deadlineMs - performance.now()) + GRACE_MS,
      });
      const figures = await contender.finish(isFirst, stderr);
      measured.samples.push({ round: this.#round, ...sample });
      measured.figures = { ...measured.figures, ...figures };
      tell(`${this.group.id}, ${contender.name}: ${sample.seconds.toFixed(2)} s`);
    } catch (error) {
      measured.error = (error as Error).message;
      tell(`${this.group.id}, ${contender.name}: FAILED, ${measured.error}`);
    }
  }
}

/** The same items, beginning at another. */
export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, index) => items[(index + by) % items.length]!);
}
