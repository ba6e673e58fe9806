/**
 * Plans: which volumes are backed up together, and how. `plan-file.ts` reads one from its text; the other modules of
 * this room run it:
 *
 *     select   the plan's paths, globs and names become volumes, each once (`select.ts`)
 *     decide   full or incremental, from the chain of each volume (`level.ts`)
 *     run      units side by side; a failed volume does not stop the others (`run.ts`, `unit.ts`)
 *              unit: before hooks, snapshots of all members, after hooks, backups
 *              volume: back up, verify, copy, delete what retention does not keep (`steps.ts`)
 *     report   a table, JUnit XML, a Prometheus text file (`report.ts` …)
 *
 * A unit is a single volume or a named group. The service admits each operation within `backup_max_operations` and
 * `backup_max_memory`, so a batch never exceeds them, whatever it starts.
 */
import type { CodecId } from "../codecs/codec.js";
import type { RetentionRules } from "../service/requests.js";
import type { Hook } from "./hooks.js";

/** When a backup is full. */
export interface IncrementalPolicy {
  /** Whether any backup is incremental. */
  readonly isIncremental: boolean;
  /** Backups from one full backup to the next, itself included. */
  readonly fullEvery?: number | undefined;
  /** The stored size of a chain that ends it, as a multiple of that of its full backup. */
  readonly chainFactorMax?: number | undefined;
}

/** `none`: the volume itself is read. `auto`: from a snapshot where one can be made. */
export type SnapshotUse = "none" | "auto" | "required";

/** The share of a backup's objects that is read back after it: 0 for none, 1 for all. */
export type VerifiedShare = number;

/** How a volume is backed up. */
export interface VolumePolicy {
  /** URL or path. @default {that of the command} */
  readonly repository?: string | undefined;
  readonly container?: string | undefined;
  readonly codec?: CodecId | undefined;
  /** Only with `codec`. */
  readonly level?: number | undefined;
  /** Other options by Cinder's names. */
  readonly options: Readonly<Record<string, string>>;
  readonly incremental: IncrementalPolicy;
  readonly snapshot: SnapshotUse;
  readonly before?: Hook | undefined;
  readonly after?: Hook | undefined;
  /** Whether a volume in use is backed up. */
  readonly force: boolean;
  readonly verify: VerifiedShare;
  readonly keep?: RetentionRules | undefined;
  /** Repositories that get a copy. */
  readonly copyTo: readonly string[];
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a line of the plan names. */
export interface Selector {
  readonly kind: "path" | "volume" | "glob";
  readonly text: string;
  /** Globs of paths that a glob leaves out. */
  readonly exclude: readonly string[];
  /** Where the plan names it, e.g. `line 7`. */
  readonly place: string;
}

export interface PlanVolume {
  readonly selector: Selector;
  readonly policy: VolumePolicy;
}

/** Volumes that are frozen at one moment; without a name, volumes by themselves. */
export interface PlanGroup {
  readonly name: string | undefined;
  readonly before?: Hook | undefined;
  readonly after?: Hook | undefined;
  readonly snapshot: SnapshotUse;
  readonly volumes: readonly PlanVolume[];
}

export interface BatchPlan {
  /** Distinguishes its runs from those of other plans. */
  readonly name: string;
  /** What a run does while another run of the plan works. */
  readonly overlap: "wait" | "skip";
  /** Units at work at once. @default {backup_max_operations} */
  readonly parallel: number | undefined;
  readonly schedule: Schedule | undefined;
  readonly groups: readonly PlanGroup[];
  /** The policy of volumes that the plan does not name. */
  readonly defaults: VolumePolicy;
}

export interface Schedule {
  /** Five fields, as in crontab(5). */
  readonly cron: string;
  /** Random delay of each run, so that many machines do not begin at once. */
  readonly delaySeconds: number;
}
