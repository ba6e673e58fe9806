/** What is asked of the service about volumes, snapshots and backups, and what it answers. */
import type { BackupRecord, BackupStatus } from "../catalog/backups.js";
import type { OperationKind, OperationProgress, OperationRecord } from "../catalog/operations.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { RunOptions } from "../pipeline/run/run.js";

/** A volume to be registered. */
export interface CreateVolumeRequest {
  readonly name: string;
  readonly description?: string | undefined;
  /** Path of an existing file or block device. */
  readonly source: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface CreateSnapshotRequest {
  /** A volume's name or id. */
  readonly volume: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Path of a view that was frozen by other means, which is registered; else one is made. */
  readonly source?: string | undefined;
}

/** What is left out stays. */
export interface UpdateSnapshotRequest {
  /** A snapshot's name or id. */
  readonly snapshot: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Merged into what there is. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A backup to be made. */
export interface CreateBackupRequest extends RunOptions {
  /** A volume's name or id, or the path of a file or device, which is then registered as a volume. */
  readonly volume: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** @default {false} */
  readonly incremental?: boolean | "auto" | undefined;
  /** A snapshot's name or id: read instead of the volume, whatever the volume's status is. */
  readonly snapshot?: string | undefined;
  /** Whether a volume that is in use may be backed up: the data is then that of a crash. @default {false} */
  readonly force?: boolean | undefined;
  /** @default {that of the settings} */
  readonly availabilityZone?: string | undefined;
  readonly container?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A backup to be restored, and where to. */
export interface RestoreBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
  /**
   * A volume's name or id, or a path to restore into, or a new name, for which a volume file is made in the state
   * directory. A volume named after the backup where this is left out.
   */
  readonly volume?: string | undefined;
  /** Whether an existing volume, or a file that is there, may be overwritten. @default {false} */
  readonly force?: boolean | undefined;
  /** Whether what is overwritten may be in use: mounted, attached, swapped to, held, locked. @default {false} */
  readonly forceInUse?: boolean | undefined;
}

/** What a restore did. */
export interface RestoreOutcome {
  readonly backup: BackupRecord;
  readonly volume: VolumeRecord;
  /** Bytes of the volume that were restored. */
  readonly restoredSize: number;
  /** Digests that were checked, one per block. */
  readonly verifiedDigests: number;
}

/** A backup to be verified. */
export interface VerifyBackupRequest extends RunOptions {
  readonly backup: string;
}

export interface ConsolidateBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
}

/** What a verification read. */
export interface VerifyOutcome {
  readonly backup: BackupRecord;
  /** Bytes of the volume that the chain gives. */
  readonly verifiedSize: number;
  readonly verifiedDigests: number;
  readonly verifiedObjects: number;
  /** Backups in the chain. */
  readonly chainLength: number;
}

/** A backup as listings show it. */
export interface BackupView {
  readonly backup: BackupRecord;
  /** Whether there is one based on it, whatever its status is. */
  readonly hasDependents: boolean;
  /** Backups that it stands on, itself among them; `undefined` where the catalog lacks one of them. */
  readonly chainLength: number | undefined;
  /** What is under way on it, and how far that is; usually nothing, or one. */
  readonly operations: readonly OperationRecord[];
}

/** How to watch what is under way on a backup. */
export interface WatchOptions {
  /** Ends the watch, and nothing else. */
  readonly signal?: AbortSignal | undefined;
  /** Between two looks at the catalog, milliseconds. @default {500} */
  readonly intervalMs?: number | undefined;
}

/** `stopped`: by somebody, on purpose. `unknown`: of a verification, which is recorded nowhere. */
export type WatchOutcome = "done" | "failed" | "stopped" | "unknown";

/** What is under way on a backup, at one moment, as its process has last told the catalog; usually a second ago. */
export interface WatchedBackup extends OperationProgress {
  /** As it was when the watch began; in the last of them, as it is. */
  readonly backup: BackupRecord;
  /** `undefined` where nothing was under way. */
  readonly kind: OperationKind | undefined;
  /** Null while it waits. */
  readonly startedAt: Date | null;
  /** Its place among those that wait, from 1 on; else 0. */
  readonly queuePlace: number;
  /** How it ended: of the last of them only. */
  readonly outcome: WatchOutcome | undefined;
  /** Why it was not done. */
  readonly reason: string | undefined;
}

export interface BackupSort {
  readonly key:
    | "id"
    | "name"
    | "status"
    | "size"
    | "volume_id"
    | "created_at"
    | "updated_at"
    | "data_timestamp"
    | "stored_size";
  /** @default {true} */
  readonly descending?: boolean | undefined;
}

/** Which backups are listed, and in what order. */
export interface BackupFilter {
  readonly name?: string | undefined;
  /** A volume's name or id. */
  readonly volume?: string | undefined;
  readonly status?: BackupStatus | undefined;
  /** Only backups that have all of these in their user metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Whether backups of other projects are listed too, where the caller is an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
  /** What comes first. @default {the newest} */
  readonly sort?: readonly BackupSort[] | undefined;
  readonly limit?: number | undefined;
  /** A backup's name or id; the list goes on behind it. */
  readonly marker?: string | undefined;
}

/** What is left out stays. */
export interface UpdateBackupRequest {
  /** A backup's name or id. */
  readonly backup: string;
  /** Empty for none. */
  readonly name?: string | undefined;
  /** Empty for none. */
  readonly description?: string | undefined;
  /** Merged into what there is. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly removedKeys?: readonly string[] | undefined;
  /** Whether what there is goes first. @default {false} */
  readonly replaceMetadata?: boolean | undefined;
}

export interface DeleteOptions {
  /**
   * Deletes in any status, and stops what is under way on the backup first; it is how a backup that is being created
   * is cancelled. @default {false}
   */
  readonly force?: boolean | undefined;
}

/** How many to keep of each kind; what is left out keeps none. */
export interface RetentionRules {
  readonly last?: number | undefined;
  readonly daily?: number | undefined;
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
}

export interface RetentionDecision {
  readonly backup: BackupRecord;
  readonly isKept: boolean;
  /** Why: `last`, `daily`, …, `based on` by a kept one; empty for what goes. */
  readonly reasons: readonly string[];
}

export interface PruneRequest extends RetentionRules {
  /** A volume's name or id. @default {all volumes, each by itself} */
  readonly volume?: string | undefined;
  /** Whether backups of other projects are looked at too, where the caller is an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
  /** Whether nothing is deleted. @default {false} */
  readonly dryRun?: boolean | undefined;
  /** Ends it between two deletions. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  /** Whether those of other projects are listed too, where the caller is an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
}

/** Statuses that a backup, or a volume, can be set to by hand. */
export type ResetStatus = "available" | "error";
export type VolumeResetStatus = "available" | "in-use" | "error";
