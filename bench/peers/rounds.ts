/**
 * The order of measurements. In a round every contender of a group runs once, beginning with another one each time;
 * ratios are formed within a round. All groups have their first round, in the order given; then the cheapest have more,
 * while there is time: what takes a second needs more samples than what takes a minute. Groups that are close to what is
 * wanted come before all others then, and have five rounds at least. A contender that fails is out, and the others go on.
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
  /** Of an earlier run, which this one continues. @default {none} */
  readonly before?: Measurements | undefined;
  /** Whether a group's ratios are near to what is wanted. @default {none is} */
  readonly isClose?: (group: string, measurements: Measurements) => boolean;
  /** Moment of `performance.now()` after which no round begins. */
  readonly deadlineMs: number;
  /** Keeps what there is so far. */
  readonly keep: (measurements: Measurements) => Promise<void>;
  readonly tell: (line: string) => void;
}

/** The fewest rounds of a group that is close. */
const CLOSE_ROUNDS = 5;

export async function runRounds(groups: readonly Group[], options: RoundsOptions): Promise<Measurements> {
  const measurements: Measurements = structuredClone(options.before ?? {});
  const runs = groups.map((group) => new GroupRun(group, options, roundsIn(measurements[group.id])));
  const isClose = ({ group }: GroupRun): boolean => options.isClose?.(group.id, measurements) ?? false;
  const isOver = (): boolean => performance.now() > options.deadlineMs;
  for (const run of runs) {
    if (run.rounds > 0) options.tell(`${run.group.id}: ${run.rounds} rounds are there`);
    else if (isOver()) options.tell(`${run.group.id}: left out, there is no time left`);
    else await run.round(measurements);
    while (run.group.end !== undefined && run.isOpenFor(0) && fits(run, options))
      await run.round(measurements);
    await run.group.end?.();
    await options.keep(measurements);
  }
  const open = runs.filter(({ group }) => group.end === undefined);
  for (let round = 1; round < Math.max(options.rounds, CLOSE_ROUNDS); round++) {
    const order = (a: GroupRun, b: GroupRun): number =>
      Number(isClose(b)) - Number(isClose(a)) || a.seconds - b.seconds;
    for (const run of [...open].sort(order)) {
      if (!run.isOpenFor(isClose(run) ? CLOSE_ROUNDS : 0) || !fits(run, options)) continue;
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
  /** Rounds that it has had. */
  rounds: number;
  /** What the last round took. */
  seconds = 0;

  constructor(group: Group, options: RoundsOptions, rounds: number) {
    this.group = group;
    this.#options = options;
    this.rounds = rounds;
  }

  /** Whether it has begun and may have another round, of at least `roundsMin`. */
  isOpenFor(roundsMin: number): boolean {
    const wanted = Math.max(this.#options.rounds, roundsMin);
    const { roundsMax = wanted } = this.group;
    return this.rounds > 0 && this.#contenders?.length !== 0 && this.rounds < Math.min(roundsMax, wanted);
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
    for (const contender of rotated(this.#contenders, this.rounds)) {
      measurements[id][contender.name] ??= { samples: [], figures: {} };
      const measured = measurements[id][contender.name]!;
      if (measured.error === undefined) await this.#turn(contender, measured);
    }
    this.rounds++;
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
      measured.samples.push({ round: this.rounds, ...sample });
      measured.figures = { ...measured.figures, ...figures };
      tell(`${this.group.id}, ${contender.name}: ${sample.seconds.toFixed(2)} s`);
    } catch (error) {
      measured.error = (error as Error).message;
      tell(`${this.group.id}, ${contender.name}: FAILED, ${measured.error}`);
    }
  }
}

function roundsIn(contenders: Readonly<Record<string, Measured>> = {}): number {
  const rounds = Object.values(contenders).flatMap(({ samples }) => samples.map(({ round }) => round));
  return Math.max(-1, ...rounds) + 1;
}

/** The same items, beginning at another. */
export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, index) => items[(index + by) % items.length]!);
}
