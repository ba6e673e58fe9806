/**
 * The service: everything that can be asked of Ashlar, on one catalog and its repositories. The command and an API
 * are faces of this interface and hold no logic of their own.
 */

import type { BackupRecord, BackupStatus } from "../catalog/backups.js";
import type { OperationKind, OperationProgress, OperationRecord } from "../catalog/operations.js";
import type { SnapshotRecord } from "../catalog/snapshots.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { RunOptions } from "../pipeline/run/run.js";
import type { Caller } from "./caller.js";
import type {
  CheckRepositoryRequest,
  CleanRepositoryRequest,
  ExportedRecord,
  ImportedRecord,
  ImportOptions,
  ImportRecordsRequest,
  Remains,
  RepositoryCheck,
  ScannedBackup,
  ScanOptions,
} from "./repository-requests.js";
import type { ResetStatus, VolumeResetStatus } from "./reset.js";
import type { RetentionDecision, RetentionRules } from "./retention.js";

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
  readonly incremental?: boolean | undefined;
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

/**
 * The catalog and the runs around it, as the command uses them. Made by `openService`, or on Node `openNodeService`.
 * Every call is held to the policy, and sees what its caller sees: the rows of its project, or, as an admin, those of
 * all. What is made belongs to the caller's user and project.
 * @throws ForbiddenError from every call that the policy does not allow the caller; NotFoundError for what belongs to
 *   another project
 */
export interface Service {
  readonly caller: Caller;
  /**
   * The same service, bound to another caller. It shares the catalog and the limits, and is closed with the one that
   * was opened; closing it does nothing.
   */
  as(caller: Caller): Service;

  /** @throws NotFoundError, InvalidStateError when the source is registered or the name is taken */
  createVolume(request: CreateVolumeRequest): Promise<VolumeRecord>;
  listVolumes(options?: ListOptions): Promise<VolumeRecord[]>;
  findVolume(nameOrId: string): Promise<VolumeRecord>;
  /** Forgets the volume; its data stays, but for a file that a restore made in the state directory. */
  deleteVolume(nameOrId: string): Promise<VolumeRecord>;

  /** @throws InvalidStateError where no view can be frozen: no reflinks, no logical volume */
  createSnapshot(request: CreateSnapshotRequest): Promise<SnapshotRecord>;
  listSnapshots(volume?: string, options?: ListOptions): Promise<SnapshotRecord[]>;
  findSnapshot(nameOrId: string): Promise<SnapshotRecord>;
  updateSnapshot(request: UpdateSnapshotRequest): Promise<SnapshotRecord>;
  /** Removes the view too, unless it was registered. */
  deleteSnapshot(nameOrId: string): Promise<SnapshotRecord>;

  createBackup(request: CreateBackupRequest): Promise<BackupView>;
  listBackups(filter?: BackupFilter): Promise<BackupView[]>;
  findBackup(nameOrId: string): Promise<BackupView>;
  /**
   * Follows what is under way on the backup, in whatever process, until it has ended: the last one says how. Where nothing
   * is, that is the only one, and says how things stand.
   */
  watchBackup(nameOrId: string, options?: WatchOptions): AsyncIterableIterator<WatchedBackup>;
  /** @throws InvalidStateError naming the backups that depend on it */
  updateBackup(request: UpdateBackupRequest): Promise<BackupRecord>;
  /**
   * Sets a status by hand. To set a backup to error stops what is under way on it: a restore, whose volume is then in
   * error, or its creation.
   */
  resetBackup(nameOrId: string, status: ResetStatus): Promise<BackupRecord>;
  resetVolume(nameOrId: string, status: VolumeResetStatus): Promise<VolumeRecord>;
  /** What all processes that share the catalog have under way, or let wait, in the order of arrival. */
  listOperations(): Promise<OperationRecord[]>;
  /**
   * Ends an operation that works or waits, in whatever process, and resolves when it has ended. One that waits leaves
   * nothing; a backup ends in error, a restore as when it is stopped.
   * @throws InvalidStateError for what deletes, repairs or takes a snapshot
   */
  cancelOperation(number: number): Promise<OperationRecord>;
  deleteBackup(nameOrId: string, options?: DeleteOptions): Promise<BackupRecord>;
  /** The backup and all that depend on it, in the order in which they can be deleted. */
  findChainOf(nameOrId: string): Promise<BackupRecord[]>;
  /** Deletes what the rules do not keep, chains in order; what is kept and what goes. */
  pruneBackups(request: PruneRequest): Promise<RetentionDecision[]>;
  /**
   * Makes an incremental a full backup of what is stored, under its id, without reading the volume.
   * @throws InvalidStateError for a full backup; IntegrityError for the first thing that is wrong in its chain
   */
  consolidateBackup(request: ConsolidateBackupRequest): Promise<BackupView>;
  restoreBackup(request: RestoreBackupRequest): Promise<RestoreOutcome>;
  /** Reads everything back and checks it, without writing. @throws IntegrityError for the first thing that is wrong */
  verifyBackup(request: VerifyBackupRequest): Promise<VerifyOutcome>;

  exportRecord(nameOrId: string): Promise<ExportedRecord>;
  /** Of all available backups of all projects, the oldest first. */
  exportRecords(): Promise<ExportedRecord[]>;
  /** @throws IntegrityError where the backup's objects are not as the record says */
  importRecord(record: ExportedRecord, options?: ImportOptions): Promise<BackupRecord>;
  /** All of them that can be; what became of each, and whose parents the catalog lacks. */
  importRecords(request: ImportRecordsRequest): Promise<ImportedRecord[]>;
  /** Finds the backups in the configured repository from their objects alone and adds them to the catalog. */
  scanRepository(options?: ScanOptions): Promise<ScannedBackup[]>;
  /** Finds out whether the configured repository does what backups need; a row for each thing, good or not. */
  checkRepository(request?: CheckRepositoryRequest): Promise<RepositoryCheck[]>;

  /** Finds what no backup owns in the configured repository, and removes it if that is wanted. */
  cleanRepository(request?: CleanRepositoryRequest): Promise<Remains[]>;

  close(): Promise<void>;
}
