/** The report of a benchmark: for programs as JSON, and what its page is made of. */
import type { Recommendation } from "./recommend.js";
import type { BenchmarkRow, TrialSettings } from "./trial.js";

/** The machine and the versions that were measured. */
export interface MeasuredMachine {
  readonly version: string;
  readonly runtime: string;
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** The mean number of processes that wanted a processor in the last minute, at the start. */
  readonly load: number;
}

export interface BenchmarkReport {
  readonly createdAt: Date;
  readonly machine: MeasuredMachine;
  /** The volume: its path or URL, or the shape of a synthetic one. */
  readonly volume: string;
  /** The repository's URL, without secrets. */
  readonly repository: string;
  readonly rounds: number;
  readonly changeShare: number;
  readonly usual: TrialSettings;
  readonly rows: readonly BenchmarkRow[];
  readonly recommendations: readonly Recommendation[];
}

/** Keys as in all JSON of the command: lower case with underscores; times in seconds, sizes in bytes. */
export function reportJson(report: BenchmarkReport): string {
  const { createdAt, machine, volume, repository, rounds, changeShare, usual, rows, recommendations } =
    report;
  const document = {
    created_at: createdAt.toISOString(),
    machine,
    volume,
    repository,
    rounds,
    change_share: changeShare,
    configured: settingsJson(usual),
    rows: rows.map(rowJson),
    recommendations: recommendations.map(({ aim, settings, why }) => ({
      aim,
      ...settingsJson(settings),
      why,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function settingsJson({ compression, level, objectSize, concurrentObjects }: TrialSettings) {
  return {
    codec: compression,
    level: level ?? null,
    object_size: objectSize,
    concurrent_objects: concurrentObjects,
  };
}

function rowJson(row: BenchmarkRow) {
  return {
    operation: row.operation,
    ...settingsJson(row),
    volume_size: row.volumeSize,
    seconds: row.seconds,
    seconds_min: row.secondsRange?.[0] ?? null,
    seconds_max: row.secondsRange?.[1] ?? null,
    processor_seconds: row.processorSeconds,
    memory: row.memory,
    stored_size: row.storedSize,
    limit: row.limit,
  };
}
