/**
 * The service: every call of Ashlar, on one catalog and its repositories. The command and the API are faces of this
 * interface and hold no logic of their own.
 */

import type { BackupRow } from "../catalog/backups.js";
import type { OperationRow } from "../catalog/operations.js";
import type { SnapshotRow } from "../catalog/snapshots.js";
import type { VolumeRow } from "../catalog/volumes.js";
import type { Caller } from "./access/caller.js";
import type {
  CompareBackupRequest,
  CompareOutcome,
  VerifyBackupRequest,
  VerifyOutcome,
} from "./backups/requests.js";
import type { BlockStorage } from "./block-storage/block-storage.js";
import type { Fleet } from "./fleet/fleet.js";
import type { BatchRuns } from "./operations/batch-runs.js";
import type { Monitor } from "./operations/monitor.js";
import type { HistoryCalls } from "./repositories/history-calls.js";
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
} from "./repositories/requests.js";
import type {
  BackupFilter,
  BackupView,
  ConsolidateBackupRequest,
  CopyBackupRequest,
  CopyOutcome,
  CreateBackupRequest,
  CreateSnapshotRequest,
  CreateVolumeRequest,
  DeleteOptions,
  ListOptions,
  PruneDecision,
  PruneRequest,
  QueueBackupRequest,
  QueueRestoreRequest,
  ResetStatus,
  RestoreBackupRequest,
  RestoreOutcome,
  StreamBackupRequest,
  StreamOutcome,
  UpdateBackupRequest,
  UpdateSnapshotRequest,
  UpdateVolumeRequest,
  VolumeResetStatus,
  WatchedBackup,
  WatchOptions,
} from "./requests.js";
import type { Settings } from "./settings.js";

/**
 * The catalog and the runs around it, as the command uses them. Opened by `openService`, or on Node `openNodeService`.
 * Every call is checked against the policy, and sees the rows that its caller sees: those of its project, or all for an
 * admin. New rows belong to the caller's user and project.
 * @throws ForbiddenError from every call that the policy does not allow the caller; NotFoundError for rows of another
 *   project
 */
export interface Service {
  readonly caller: Caller;
  /**
   * The same service, bound to another caller. It shares the catalog and the limits, and is closed with the service
   * that was opened; closing it does nothing.
   */
  as(caller: Caller): Service;
  /**
   * The same service with other settings for new backups: repository, codec, sizes, container. It shares the catalog,
   * the limits, the open repositories and the threads, and is closed with the service that was opened.
   * @param settings whose repository is a canonical URL; limits, notifications and the state directory in it are ignored
   */
  withSettings(settings: Settings): Service;

  /** @throws NotFoundError; InvalidStateError when the source is registered or the name is taken */
  createVolume(request: CreateVolumeRequest): Promise<VolumeRow>;
  /** @throws NotFoundError, InvalidStateError when the source is registered, the name is taken, or an operation runs */
  updateVolume(request: UpdateVolumeRequest): Promise<VolumeRow>;
  listVolumes(options?: ListOptions): Promise<VolumeRow[]>;
  findVolume(nameOrId: string): Promise<VolumeRow>;
  /** Removes the volume from the catalog; its data stays, except for a file that a restore created for it. */
  deleteVolume(nameOrId: string): Promise<VolumeRow>;

  /** @throws InvalidStateError when no view can be frozen: no reflinks, no logical volume */
  createSnapshot(request: CreateSnapshotRequest): Promise<SnapshotRow>;
  listSnapshots(volume?: string, options?: ListOptions): Promise<SnapshotRow[]>;
  findSnapshot(nameOrId: string): Promise<SnapshotRow>;
  updateSnapshot(request: UpdateSnapshotRequest): Promise<SnapshotRow>;
  /** Removes the view too, unless it was registered. */
  deleteSnapshot(nameOrId: string): Promise<SnapshotRow>;

  createBackup(request: CreateBackupRequest): Promise<BackupView>;
  /**
   * Records a backup and leaves it to a worker. The volume may be another host's.
   * @throws what can be known in advance, as `createBackup`
   */
  queueBackup(request: QueueBackupRequest): Promise<BackupView>;
  listBackups(filter?: BackupFilter): Promise<BackupView[]>;
  findBackup(nameOrId: string): Promise<BackupView>;
  /**
   * Follows the operation on the backup, in whatever process, until it has ended: the last update reports how it ended.
   * If there is no operation, the only update reports the present state.
   */
  watchBackup(nameOrId: string, options?: WatchOptions): AsyncIterableIterator<WatchedBackup>;
  /** @throws InvalidStateError naming the backups that depend on it */
  updateBackup(request: UpdateBackupRequest): Promise<BackupRow>;
  /**
   * Sets a status by hand. Setting a backup to error stops the operation on it: a restore, whose volume is then in
   * error, or its creation.
   */
  resetBackup(nameOrId: string, status: ResetStatus): Promise<BackupRow>;
  resetVolume(nameOrId: string, status: VolumeResetStatus): Promise<VolumeRow>;
  /** Running and waiting operations of all processes that share the catalog, in the order of arrival. */
  listOperations(): Promise<OperationRow[]>;
  /**
   * Cancels a running or waiting operation, in whatever process, and resolves when it has ended. A waiting one leaves
   * nothing; a backup ends in error, a restore as when it is stopped.
   * @throws InvalidStateError for operations that delete, repair or take a snapshot
   */
  cancelOperation(number: number): Promise<OperationRow>;
  deleteBackup(nameOrId: string, options?: DeleteOptions): Promise<BackupRow>;
  /**
   * Releases the legal hold of a backup; a retention with a date stays.
   * @throws InvalidStateError naming the held backups that are based on it
   */
  releaseHold(nameOrId: string): Promise<BackupRow>;
  /** The backup and all that depend on it, in the order in which they can be deleted. */
  findChainOf(nameOrId: string): Promise<BackupRow[]>;
  /** Deletes what the rules do not keep, chains in order; what is kept and what goes. */
  pruneBackups(request: PruneRequest): Promise<PruneDecision[]>;
  /**
   * Turns an incremental into a full backup, from stored data, under its id, without reading the volume.
   * @throws InvalidStateError for a full backup; IntegrityError for the first error found in its chain
   */
  consolidateBackup(request: ConsolidateBackupRequest): Promise<BackupView>;
  /**
   * Copies a backup, from whatever repository, into the configured one, with the ancestors that are not there. Every
   * object's MD5 is checked on the way. The copy is a backup of its own, based on the copy of the parent.
   * @throws UsageError when the backup is in that repository; IntegrityError for the first damage found
   */
  copyBackup(request: CopyBackupRequest): Promise<CopyOutcome>;
  /** Takes the volume for a restore and leaves it to a worker of this host. @throws as `restoreBackup` */
  queueRestore(request: QueueRestoreRequest): Promise<BackupView>;
  restoreBackup(request: RestoreBackupRequest): Promise<RestoreOutcome>;
  /** Restores a backup into a stream, in order, each block verified before it is written; no row changes. */
  streamBackup(request: StreamBackupRequest): Promise<StreamOutcome>;
  /** Reads everything back and checks it, without writing. @throws IntegrityError for the first error found */
  verifyBackup(request: VerifyBackupRequest): Promise<VerifyOutcome>;
  /**
   * Reads a volume, compares it with a backup's digests, and writes nothing.
   * @throws IntegrityError for a digest table that is damaged
   */
  compareBackup(request: CompareBackupRequest): Promise<CompareOutcome>;

  exportRecord(nameOrId: string): Promise<ExportedRecord>;
  /** Records of all available backups of all projects, the oldest first. */
  exportRecords(): Promise<ExportedRecord[]>;
  /** @throws IntegrityError when the backup's objects do not match the record */
  importRecord(record: ExportedRecord, options?: ImportOptions): Promise<BackupRow>;
  /** Imports every record that it can. Resolves to the outcome of each, with the parents that the catalog lacks. */
  importRecords(request: ImportRecordsRequest): Promise<ImportedRecord[]>;
  /** Finds the backups in the configured repository from their objects alone and adds them to the catalog. */
  scanRepository(options?: ScanOptions): Promise<ScannedBackup[]>;
  /** Checks that the configured repository does what backups need. Resolves to a row for each check, good or not. */
  checkRepository(request?: CheckRepositoryRequest): Promise<RepositoryCheck[]>;

  /** Finds what no backup owns in the configured repository, and removes it on request. */
  cleanRepository(request?: CleanRepositoryRequest): Promise<Remains[]>;

  /** The records of batch runs. */
  batchRuns(): Promise<BatchRuns>;

  /** The workers that share the catalog, and the limits of hosts, projects and repositories. */
  fleet(): Promise<Fleet>;

  /** The signed history of the configured repository. */
  history(): Promise<HistoryCalls>;

  /** Figures of the whole service, which the policy does not restrict: for the operator, not for callers. */
  monitor(): Monitor;

  /** The calls of the Block Storage API, for the same caller. */
  blockStorage(): Promise<BlockStorage>;

  /**
   * Takes all queued operations that this host can run: what was queued for workers, and what an earlier service had
   * accepted when it was closed; from then on, what dies on any host is repaired while this process lives. For the process
   * that serves the API. Resolves to the number of operations taken.
   */
  resume(): Promise<number>;

  /**
   * Waits for background work for the grace period, then cuts it off: it is parked, and an API's next start resumes it.
   * Waits five seconds at most for events in delivery.
   * @param signal ends both waits
   */
  close(signal?: AbortSignal): Promise<void>;
}
