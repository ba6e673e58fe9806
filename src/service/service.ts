/**
 * The service: everything that can be asked of Ashlar, on one catalog and its repositories. The command and an API
 * are faces of this interface and hold no logic of their own.
 */
import type { BackupRecord, BackupStatus } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { RunOptions } from "../pipeline/run.js";

export interface CreateVolumeRequest {
  readonly name: string;
  readonly description?: string | undefined;
  /** Path of an existing file or block device. */
  readonly source: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface CreateBackupRequest extends RunOptions {
  /** A volume's name or id, or the path of a file or device, which is then registered as a volume. */
  readonly volume: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** @default {false} */
  readonly incremental?: boolean | undefined;
  readonly container?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

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

export interface RestoreOutcome {
  readonly backup: BackupRecord;
  readonly volume: VolumeRecord;
  /** Bytes of the volume that were restored. */
  readonly restoredSize: number;
  /** Digests that were checked, one per block. */
  readonly verifiedDigests: number;
}

export interface VerifyBackupRequest extends RunOptions {
  readonly backup: string;
}

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
  readonly hasDependents: boolean;
}

export interface BackupFilter {
  readonly name?: string | undefined;
  /** A volume's name or id. */
  readonly volume?: string | undefined;
  readonly status?: BackupStatus | undefined;
  readonly limit?: number | undefined;
  /** A backup's name or id; the list goes on behind it. */
  readonly marker?: string | undefined;
}

/** Cinder's portable description of one backup. */
export interface ExportedRecord {
  readonly backup_service: string;
  readonly backup_url: string;
}

export type ScanFinding = "added" | "known" | "moved" | "skipped";

/** One manifest that a scan came across. */
export interface ScannedBackup {
  readonly finding: ScanFinding;
  readonly container: string;
  readonly prefix: string;
  /** Known unless the manifest could not be read. */
  readonly backupId: string | undefined;
  readonly volumeId: string | undefined;
  /** Why a backup was skipped. */
  readonly reason: string | undefined;
}

/** `warning`: it works, and something should be done all the same. `skipped`: it could not be found out. */
export type CheckFinding = "good" | "warning" | "bad" | "skipped";

/** What was found out of one thing that a repository has to do. */
export interface RepositoryCheck {
  readonly check: string;
  readonly finding: CheckFinding;
  readonly detail: string | undefined;
  /** What to do, where it is bad. */
  readonly advice: string | undefined;
}

export interface CheckRepositoryRequest extends RunOptions {
  /** Objects to list; more than a page of the store has. @default {1001 in object stores, 20 in directories} */
  readonly listCount?: number | undefined;
}

export interface Service {
  /** @throws NotFoundError, InvalidStateError when the source is registered or the name is taken */
  createVolume(request: CreateVolumeRequest): Promise<VolumeRecord>;
  listVolumes(): Promise<VolumeRecord[]>;
  findVolume(nameOrId: string): Promise<VolumeRecord>;
  /** Forgets the volume; its data stays, but for a file that a restore made in the state directory. */
  deleteVolume(nameOrId: string): Promise<VolumeRecord>;

  createBackup(request: CreateBackupRequest): Promise<BackupView>;
  listBackups(filter?: BackupFilter): Promise<BackupView[]>;
  findBackup(nameOrId: string): Promise<BackupView>;
  /** @throws InvalidStateError naming the backups that depend on it */
  deleteBackup(nameOrId: string): Promise<BackupRecord>;
  restoreBackup(request: RestoreBackupRequest): Promise<RestoreOutcome>;
  /** Reads everything back and checks it, without writing. @throws IntegrityError for the first thing that is wrong */
  verifyBackup(request: VerifyBackupRequest): Promise<VerifyOutcome>;

  exportRecord(nameOrId: string): Promise<ExportedRecord>;
  importRecord(record: ExportedRecord): Promise<BackupRecord>;
  /** Finds the backups in the configured repository from their objects alone and adds them to the catalog. */
  scanRepository(options?: RunOptions): Promise<ScannedBackup[]>;
  /** Finds out whether the configured repository does what backups need; a row for each thing, good or not. */
  checkRepository(request?: CheckRepositoryRequest): Promise<RepositoryCheck[]>;

  close(): Promise<void>;
}
