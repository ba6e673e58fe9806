/** Advice on settings, from the rows of a benchmark. */
import { type BenchmarkRow, type TrialSettings, trialText } from "./trial.js";

/** Settings that suit one aim, and why. */
export interface Recommendation {
  readonly aim: string;
  readonly settings: TrialSettings;
  /** A sentence for people. */
  readonly why: string;
}

/** Stored bytes beyond those of the smallest that "balanced" accepts, as a share. */
const SIZE_TOLERANCE = 0.1;
/** Rows within this share of each other are alike: a benchmark repeats no better on a machine in use. */
const NOISE = 0.05;

/**
 * Settings for the shortest backup, for the fewest stored bytes, and for a balance: the fastest of those that store
 * little more than the smallest. They are compared with `usual`, the configured settings.
 */
export function recommend(rows: readonly BenchmarkRow[], usual: TrialSettings): Recommendation[] {
  const backups = rows.filter(({ operation }) => operation === "backup");
  const base = backups.find((row) => isSame(row, usual));
  const fastest = least(
    backups,
    ({ seconds }) => seconds,
    ({ storedSize }) => storedSize,
  );
  const smallest = least(
    backups,
    ({ storedSize }) => storedSize,
    ({ seconds }) => seconds,
  );
  if (fastest === undefined || smallest === undefined) return [];
  const small = backups.filter(({ storedSize }) => storedSize <= smallest.storedSize * (1 + SIZE_TOLERANCE));
  const balanced = least(
    small,
    ({ seconds }) => seconds,
    ({ storedSize }) => storedSize,
  )!;
  const advice = (aim: string, row: BenchmarkRow): Recommendation => ({
    aim,
    settings: settingsOf(row),
    why: whyOf(row, base),
  });
  return [
    advice("balanced", balanced),
    advice("shortest backup", fastest),
    advice("fewest stored bytes", smallest),
  ];
}

/** The row with the least `first`; of those that are alike, the one with the least `second`. */
function least(
  rows: readonly BenchmarkRow[],
  first: (row: BenchmarkRow) => number,
  second: (row: BenchmarkRow) => number,
): BenchmarkRow | undefined {
  const minimum = Math.min(...rows.map(first));
  const alike = rows.filter((row) => first(row) <= minimum * (1 + NOISE));
  return alike.sort((one, other) => second(one) - second(other) || first(one) - first(other))[0];
}

function whyOf(row: BenchmarkRow, base: BenchmarkRow | undefined): string {
  const limit = `"${row.limit.stage}" limits it, ${Math.round(row.limit.share * 100)}% of the time`;
  const stored = `stores ${percentOf(row.storedSize / row.volumeSize)} of the volume`;
  if (base === undefined) return `${stored}; ${limit}`;
  if (isSame(row, base)) return `the configured settings: ${stored}; ${limit}`;
  const speed = base.seconds / row.seconds;
  const size = row.storedSize / base.storedSize;
  return `${speed.toFixed(2)} times as fast as the configured settings, with ${percentOf(size)} of their stored bytes; ${limit}`;
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
}

function isSame(one: TrialSettings, other: TrialSettings): boolean {
  return trialText(one) === trialText(other);
}

function settingsOf({ compression, level, objectSize, concurrentObjects }: TrialSettings): TrialSettings {
  return { compression, level, objectSize, concurrentObjects };
}
