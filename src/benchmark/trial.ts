/** The settings that a benchmark compares, and what it measures of each. */
import type { CodecId } from "../codecs/codec.js";
import type { StageFigures } from "../pipeline/run/profile.js";

export const OPERATIONS = ["backup", "incremental", "verify", "restore"] as const;
export type BenchmarkOperation = (typeof OPERATIONS)[number];

/** One combination of settings. */
export interface TrialSettings {
  readonly compression: CodecId;
  /** `undefined` for `none`, which has no levels. */
  readonly level: number | undefined;
  /** Bytes. */
  readonly objectSize: number;
  readonly concurrentObjects: number;
}

/** What one operation of one round took. */
export interface Sample {
  readonly seconds: number;
  /** Of all threads of the process; the store's own processes are not included. */
  readonly processorSeconds: number;
  /** Bytes that the operation plans to hold at most. */
  readonly memory: number;
  /** Bytes of all its objects; those of the backup for operations that read it. */
  readonly storedSize: number;
  readonly stages: readonly StageFigures[];
}

/** The medians of all rounds of one operation with one combination of settings. */
export interface BenchmarkRow extends TrialSettings {
  readonly operation: BenchmarkOperation;
  /** Bytes of the volume. */
  readonly volumeSize: number;
  readonly seconds: number;
  /** The fastest and the slowest round; `undefined` for a single one. */
  readonly secondsRange: readonly [number, number] | undefined;
  readonly processorSeconds: number;
  readonly memory: number;
  readonly storedSize: number;
  /** The stage that worked for the largest share of the time, and that share, of the median round. */
  readonly limit: { readonly stage: string; readonly share: number };
}

/** `zlib 6, objects of 50 MiB, 4 at once`. */
export function trialText({ compression, level, objectSize, concurrentObjects }: TrialSettings): string {
  const codec = level === undefined ? compression : `${compression} ${level}`;
  const size = objectSize / 1024 ** 2;
  return `${codec}, objects of ${Number(size.toFixed(1))} MiB, ${concurrentObjects} at once`;
}

/** Rows of samples, by the median of their seconds. @param samples at least one */
export function rowOf(
  settings: TrialSettings,
  operation: BenchmarkOperation,
  volumeSize: number,
  samples: readonly Sample[],
): BenchmarkRow {
  const sorted = [...samples].sort((one, other) => one.seconds - other.seconds);
  const median = sorted[(sorted.length - 1) >> 1]!;
  const range = [sorted[0]!.seconds, sorted.at(-1)!.seconds] as const;
  return {
    ...settings,
    operation,
    volumeSize,
    seconds: median.seconds,
    secondsRange: sorted.length === 1 ? undefined : range,
    processorSeconds: median.processorSeconds,
    memory: median.memory,
    storedSize: median.storedSize,
    limit: limitOf(median),
  };
}

/** Work outside of all stages is that of starting and completing. */
function limitOf({ stages, seconds }: Sample): BenchmarkRow["limit"] {
  let limit = { stage: "start and end", share: 0 };
  for (const { stage, busySeconds } of stages) {
    const share = Math.min(1, busySeconds / seconds);
    if (share > limit.share) limit = { stage, share };
  }
  return limit;
}
