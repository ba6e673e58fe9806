/**
 * The service: everything that can be asked of Ashlar, on one catalog and its repositories. The command and an API
 * are faces of this interface and hold no logic of their own.
 */

import type { BackupRecord } from "../catalog/backups.js";
import type { OperationRecord } from "../catalog/operations.js";
import type { SnapshotRecord } from "../catalog/snapshots.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { BlockStorage } from "./block-storage/block-storage.js";
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
import type {
  BackupFilter,
  BackupView,
  ConsolidateBackupRequest,
  CreateBackupRequest,
  CreateSnapshotRequest,
  CreateVolumeRequest,
  DeleteOptions,
  ListOptions,
  PruneRequest,
  ResetStatus,
  RestoreBackupRequest,
  RestoreOutcome,
  RetentionDecision,
  UpdateBackupRequest,
  UpdateSnapshotRequest,
  VerifyBackupRequest,
  VerifyOutcome,
  VolumeResetStatus,
  WatchedBackup,
  WatchOptions,
} from "./requests.js";

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

  /** The calls of the Block Storage API, for the same caller. */
  blockStorage(): Promise<BlockStorage>;

  /**
   * Waits for what goes on in the background, and for events that are under way, for five seconds at most.
   * @param signal gives the events up
   */
  close(signal?: AbortSignal): Promise<void>;
}
