/** What Ashlar is to reach, as ratios of a peer's time to its own, and what each came to. */
import { MIB } from "../../src/units.js";
import type { Measured, Measurements, RoundSample } from "./rounds.js";
import { ratioOf, type Statistic, statisticOf } from "./statistic.js";

/** Backup tools that are compared as one: the best of them counts. */
const OTHERS: readonly string[] = [
  "restic",
  "borg",
  "borg fixed",
  "borg fixed 4 MiB",
  "casync",
  "casync fixed",
];
/** A ratio this near to what is wanted decides nothing after few rounds. */
const CLOSE = 0.15;

export interface Target {
  readonly row: string;
  readonly group: string;
  /** Names of contenders. */
  readonly ours: string;
  readonly peers: readonly string[];
  /** What the peers are called together. */
  readonly against: string;
  readonly atLeast: number;
}

export interface Verdict extends Target {
  readonly time: Statistic | undefined;
  /** The peer with the smallest median. */
  readonly best: { readonly name: string; readonly time: Statistic } | undefined;
  /** `undefined` where one of the two has no sample. */
  readonly ratio: Statistic | undefined;
}

export interface TargetOptions {
  /** Whether this runtime brings zstd of its own, and it need not be WebAssembly's. */
  readonly hasNativeZstd: boolean;
  /** Of processors: pigz is told to use all. */
  readonly cores: number;
}

export function targetsFor({ hasNativeZstd, cores }: TargetOptions): Target[] {
  const cinder = (row: string, group: string, codec: string, atLeast: number): Target => ({
    row,
    group,
    ours: `ashlar ${codec}`,
    peers: [`cinder ${codec}`],
    against: "Cinder",
    atLeast,
  });
  const others = (row: string, group: string, codec: string, atLeast: number): Target => ({
    row,
    group,
    ours: `ashlar ${codec}`,
    peers: OTHERS,
    against: "best of restic, borg, casync",
    atLeast,
  });
  const pigz = { peers: [`pigz -6 -p${cores}`], against: "pigz alone", atLeast: 1.6 };
  return [
    cinder("full, zlib", "full-zlib", "zlib", 4),
    { row: "full, zlib", group: "full-zlib", ours: "ashlar zlib", ...pigz },
    cinder("full, zstd", "full-zstd", "zstd", hasNativeZstd ? 2.5 : 1.5),
    others("full, zstd", "full-zstd", "zstd", hasNativeZstd ? 1.5 : 1),
    cinder("full, none", "full-none", "none", 2.5),
    cinder("full, bz2", "full-bz2", "bz2", 1.5),
    cinder("nothing changed", "unchanged", "zlib", 6),
    others("nothing changed", "unchanged", "zlib", 1.5),
    ...["zlib", "zstd"].flatMap((codec) => [
      cinder(`1 % changed, ${codec}`, "changed", codec, 5),
      others(`1 % changed, ${codec}`, "changed", codec, 1.5),
    ]),
    ...["zlib", "zstd", "none"].flatMap((codec) => [
      cinder(`restore, ${codec}`, "restore", codec, 3.5),
      others(`restore, ${codec}`, "restore", codec, 1.5),
    ]),
    cinder("restore of a chain of 8", "chain", "zlib", 5),
  ];
}

export function judge(target: Target, measurements: Measurements): Verdict {
  const group = measurements[target.group] ?? {};
  const candidates = target.peers.flatMap((name) => {
    const time = timeOf(group[name]);
    return time === undefined ? [] : [{ name, time }];
  });
  const [best] = candidates.sort((a, b) => a.time.median - b.time.median);
  const ours = byRound(group[target.ours], ({ seconds }) => seconds);
  const theirs = best === undefined ? new Map() : byRound(group[best.name], ({ seconds }) => seconds);
  return { ...target, time: timeOf(group[target.ours]), best, ratio: ratioOf(theirs, ours) };
}

/** Whether a ratio of the group is so near to what is wanted that more rounds are needed. */
export function isClose(group: string, targets: readonly Target[], measurements: Measurements): boolean {
  return targets
    .filter((target) => target.group === group)
    .map((target) => judge(target, measurements))
    .some(({ ratio, atLeast }) => ratio !== undefined && Math.abs(ratio.median / atLeast - 1) < CLOSE);
}

export function timeOf(measured: Measured | undefined): Statistic | undefined {
  return statisticBy(measured, ({ seconds }) => seconds);
}

/** Of the samples that have the value. */
export function statisticBy(
  measured: Measured | undefined,
  of: (sample: RoundSample) => number | undefined,
): Statistic | undefined {
  const values = (measured?.samples ?? []).map(of);
  return statisticOf(values.filter((value) => value !== undefined));
}

/** Most bytes of any round; `undefined` where none was measured. */
export function peakOf(measured: Measured | undefined): number | undefined {
  const peaks = (measured?.samples ?? []).flatMap(({ peak }) => (peak === undefined ? [] : [peak]));
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

export interface MemoryVerdict {
  readonly group: string;
  readonly ours: string;
  readonly peak: number;
  /** Cinder's for the same; `undefined` where it did not run. */
  readonly cinder: number | undefined;
  /** Ours to Cinder's. */
  readonly atMost: number;
  /** Bytes. */
  readonly limit: number;
}

const PEAK_MAX: number = 192 * MIB;

/** Every row in which Ashlar was measured, held against Cinder with the same codec and size of objects. */
export function judgeMemory(measurements: Measurements): MemoryVerdict[] {
  return Object.entries(measurements).flatMap(([group, contenders]) =>
    Object.entries(contenders).flatMap(([ours, measured]) => {
      const peak = peakOf(measured);
      if (!ours.startsWith("ashlar ") || peak === undefined) return [];
      const cinder = peakOf(contenders[ours.replace("ashlar", "cinder")]);
      return [{ group, ours, peak, cinder, atMost: group === "large-objects" ? 0.08 : 0.6, limit: PEAK_MAX }];
    }),
  );
}

function byRound(measured: Measured | undefined, of: (sample: RoundSample) => number): Map<number, number> {
  return new Map((measured?.samples ?? []).map((sample) => [sample.round, of(sample)]));
}
