/** Requests to the service about volumes, snapshots and backups, and its results. */
import type { BackupRow, BackupStatus } from "../catalog/backups.js";
import type { OperationKind, OperationProgress, OperationRow } from "../catalog/operations.js";
import type { VolumeRow } from "../catalog/volumes.js";
import type { IntegrityError } from "../errors.js";
import type { LostRange } from "../pipeline/lost-ranges.js";
import type { RunOptions } from "../pipeline/run/run.js";
import type { VolumeOutput, VolumeStream } from "../sources/volume.js";

/** A volume to be registered. */
export interface CreateVolumeRequest {
  readonly name: string;
  readonly description?: string | undefined;
  /** Path of an existing file or block device. */
  readonly source: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A volume to be changed; what is left out stays. */
export interface UpdateVolumeRequest {
  /** A volume's name, id or path. */
  readonly volume: string;
  readonly name?: string | undefined;
  /** Path of another existing file or block device, which the volume is from then on. */
  readonly source?: string | undefined;
}

export interface CreateSnapshotRequest {
  /** A volume's name or id. */
  readonly volume: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Path of a view that was frozen by other means, to be registered; if left out, a view is created. */
  readonly source?: string | undefined;
  /**
   * Whether the snapshot is for one backup, and is deleted with this process or with the end of that backup.
   * @default {false}
   */
  readonly temporary?: boolean | undefined;
}

/** Fields that are left out stay unchanged. */
export interface UpdateSnapshotRequest {
  /** A snapshot's name or id. */
  readonly snapshot: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Merged into the existing metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Claims about what changed since the parent of an incremental. Either the list or the bitmap is given. */
export interface HintsRequest {
  /** A list in one of the formats of `parseHints`. */
  readonly text?: string | undefined;
  /** The name of a dirty bitmap of the volume's NBD server, or in its qcow2 image. */
  readonly bitmap?: string | undefined;
  /** The name of an earlier snapshot of the volume's RBD image. */
  readonly snapshot?: string | undefined;
  /** The backup since which the claims hold: a name or id. If it is not the parent, the whole volume is read. */
  readonly since?: string | undefined;
}

/** A backup to be created. */
export interface CreateBackupRequest extends RunOptions {
  /** A volume's name or id, or the path of a file or device, which is then registered as a volume. */
  readonly volume: string;
  /**
   * The bytes to back up instead of the volume's file or device; the service closes it. `volume` is then a volume's
   * name or id, or a new name, under which a volume without a source is registered.
   */
  readonly input?: VolumeStream | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** @default {false} */
  readonly incremental?: boolean | "auto" | undefined;
  /** What an incremental need not read. Proven on a sample before it is used. @default {everything is read} */
  readonly hints?: HintsRequest | undefined;
  /** A snapshot's name or id: read instead of the volume, whatever the volume's status is. */
  readonly snapshot?: string | undefined;
  /** Whether to back up a volume that is in use; the result is crash-consistent. @default {false} */
  readonly force?: boolean | undefined;
  /** @default {that of the settings} */
  readonly availabilityZone?: string | undefined;
  readonly container?: string | undefined;
  /** Milliseconds for which the backup is locked. @default {those of the settings} */
  readonly retentionMs?: number | undefined;
  /** Whether what was compressed is decompressed and compared before it is stored. @default {that of the settings} */
  readonly checkEncoded?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Bytes of all volumes that the caller backs up with this one: many small ones are worth threads, too. @default {0} */
  readonly batchSize?: number | undefined;
}

/** A backup that a worker is to create. */
export type QueueBackupRequest = Omit<CreateBackupRequest, "input" | "hints" | keyof RunOptions>;

/** A restore that a worker is to run. */
export type QueueRestoreRequest = Omit<RestoreBackupRequest, "salvage" | keyof RunOptions>;

/** A backup to be restored, and its destination. */
export interface RestoreBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
  /**
   * A volume's name or id, a path to restore into, or a new name, for which a volume file is created in the state
   * directory. If left out, a volume named after the backup is created.
   */
  readonly volume?: string | undefined;
  /** Whether to overwrite an existing volume or file. @default {false} */
  readonly force?: boolean | undefined;
  /** Whether to overwrite a target that is in use: mounted, attached, swapped to, held, locked. @default {false} */
  readonly forceInUse?: boolean | undefined;
  /** Whether to go on past damage, and to fill what is lost with zeros. @default {false} */
  readonly salvage?: boolean | undefined;
}

/** A backup to be restored into a stream. */
export interface StreamBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
  readonly output: VolumeOutput;
}

/** The result of a restore into a stream. */
export interface StreamOutcome {
  readonly backup: BackupRow;
  /** Bytes of the volume, all of them written. */
  readonly restoredSize: number;
  /** Digests that were checked, one per block. */
  readonly verifiedDigests: number;
}

/** The result of a restore. */
export interface RestoreOutcome {
  readonly backup: BackupRow;
  readonly volume: VolumeRow;
  /** Bytes of the volume that were restored, including those that a salvage filled with zeros. */
  readonly restoredSize: number;
  /** Digests that were checked, one per block. */
  readonly verifiedDigests: number;
  /** The damage that a salvage went past. @default {none was asked for} */
  readonly salvage?: SalvageOutcome | undefined;
}

/** What a salvage could not restore, and what else is damaged. */
export interface SalvageOutcome {
  /** Ascending and disjoint; they read as zeros. */
  readonly lost: readonly LostRange[];
  /** Damage that cost no bytes by itself. */
  readonly findings: readonly IntegrityError[];
}

export interface ConsolidateBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
}

/** A backup to be copied into the configured repository. */
export interface CopyBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
  /** @default {that of the settings} */
  readonly container?: string | undefined;
}

/** The result of a copy. */
export interface CopyOutcome {
  readonly source: BackupRow;
  readonly copy: BackupRow;
  /** Backups that were copied, ancestors included; 0 if all of the chain was there. */
  readonly copiedBackups: number;
  /** Bytes that the copied backups' objects take. */
  readonly storedSize: number;
}

export interface BackupWithDependents {
  readonly backup: BackupRow;
  /** Whether there is one based on it, whatever its status is. */
  readonly hasDependents: boolean;
}

/** A backup as listings show it. */
export interface BackupView extends BackupWithDependents {
  /** Name of the backed-up volume; null if it has none, or if the caller cannot see the volume. */
  readonly volumeName: string | null;
  /** Backups in its chain, including itself; `undefined` if the catalog lacks one of them. */
  readonly chainLength: number | undefined;
  /** The operations on it, with their progress; usually none, or one. */
  readonly operations: readonly OperationRow[];
}

/** How to watch the operation on a backup. */
export interface WatchOptions {
  /** Ends the watch only. */
  readonly signal?: AbortSignal | undefined;
  /** Interval of reading the catalog, milliseconds. @default {500} */
  readonly intervalMs?: number | undefined;
}

/** `stopped`: on purpose. `unknown`: a verification, whose outcome is not recorded. */
export type WatchOutcome = "done" | "failed" | "stopped" | "unknown";

/** The operation on a backup at one moment, as its process last reported it to the catalog; usually a second ago. */
export interface WatchedBackup extends OperationProgress {
  /** The backup at the start of the watch; in the last update, the backup as it is now. */
  readonly backup: BackupRow;
  /** `undefined` if there was no operation. */
  readonly kind: OperationKind | undefined;
  /** Null while the operation waits. */
  readonly startedAt: Date | null;
  /** The operation's queue position, from 1 on; 0 if it does not wait. */
  readonly queuePosition: number;
  /** How the operation ended; only in the last update. */
  readonly outcome: WatchOutcome | undefined;
  /** Why the operation did not succeed. */
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

/** Selection and order of listed backups. */
export interface BackupFilter {
  readonly name?: string | undefined;
  /** A volume's name or id. */
  readonly volume?: string | undefined;
  readonly status?: BackupStatus | undefined;
  /** Only backups in the configured repository. @default {false} */
  readonly inRepository?: boolean | undefined;
  /** Only backups that have all of these in their user metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Whether to list backups of other projects too, for an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
  /** Sort keys. @default {newest first} */
  readonly sort?: readonly BackupSort[] | undefined;
  readonly limit?: number | undefined;
  /** A backup's name or id; the list continues after it. */
  readonly marker?: string | undefined;
}

/** Fields that are left out stay unchanged. */
export interface UpdateBackupRequest {
  /** A backup's name or id. */
  readonly backup: string;
  /** Empty for none. */
  readonly name?: string | undefined;
  /** Empty for none. */
  readonly description?: string | undefined;
  /** Merged into the existing metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly removedKeys?: readonly string[] | undefined;
  /** Whether to remove existing metadata first. @default {false} */
  readonly replaceMetadata?: boolean | undefined;
}

export interface DeleteOptions {
  /**
   * Deletes in any status, after stopping operations on the backup; this is how a backup that is being created is
   * cancelled. @default {false}
   */
  readonly force?: boolean | undefined;
}

/** Number of backups to keep by each rule; a rule that is left out keeps none. */
export interface RetentionRules {
  readonly last?: number | undefined;
  readonly daily?: number | undefined;
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
}

export interface RetentionDecision {
  readonly backup: BackupRow;
  readonly isKept: boolean;
  /** Why it is kept: `last`, `daily`, …, `based on` by a kept one; empty for a backup that is not kept. */
  readonly reasons: readonly string[];
}

export interface PruneDecision extends RetentionDecision {
  /** Name of the backed-up volume; null if it has none, or if the caller cannot see the volume. */
  readonly volumeName: string | null;
}

export interface PruneRequest extends RetentionRules {
  /** A volume's name or id. @default {all volumes, each by itself} */
  readonly volume?: string | undefined;
  /** Whether to include backups of other projects, for an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
  /** Whether to decide without deleting. @default {false} */
  readonly dryRun?: boolean | undefined;
  /** Ends the pruning between two deletions. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  /** Whether to list rows of other projects too, for an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
}

/** Statuses that a backup or a volume can be set to by hand. */
export type ResetStatus = "available" | "error";
export type VolumeResetStatus = "available" | "in-use" | "error";

/** How a worker works. */
export interface WorkOptions {
  /** Version of the program, for listings. */
  readonly version: string;
  /** Operations that it runs side by side at most. */
  readonly capacity: number;
  /** Ends the worker; closing the service then ends or parks what it runs. */
  readonly signal: AbortSignal;
  /** Called with each operation that it takes. */
  readonly onTaken?: ((operation: OperationRow) => void) | undefined;
  /** Called with failures of the loop itself, e.g. of a catalog that does not answer. The loop goes on. */
  onError(error: unknown): void;
}
