/**
 * The calls that the Block Storage API makes to the service. Unlike the calls of `Service`, those that move or copy
 * data resolve as soon as the request is recorded; the work continues in the background and its outcome shows in the
 * record's status. Records are named by their ids alone, and those of other projects are found by admins only.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { UserMetadata } from "../../catalog/column.js";
import type { MessageRow } from "../../catalog/messages.js";
import type { QuotaLimits, QuotaResource } from "../../catalog/quotas.js";
import type { Page } from "../../catalog/rows.js";
import type { SnapshotRow, SnapshotStatus } from "../../catalog/snapshots.js";
import type { VolumeRow, VolumeStatus } from "../../catalog/volumes.js";
import type { Action } from "../access/policy.js";
import type { VerifyBackupRequest } from "../backups/requests.js";
import type { ExportedRecord } from "../repositories/requests.js";
import type { BackupView, BackupWithDependents } from "../requests.js";
import type { Activity, MemoryUse, RepositoryHealth } from "./dashboard.js";

/** Selects the records of a listing. */
export interface Query<R> {
  /** Whether to list the records of all projects, for an admin. @default {false} */
  readonly allProjects?: boolean | undefined;
  readonly filter?: Partial<R> | undefined;
  readonly page?: Page<R> | undefined;
  /** Whether to count the records without regard to the page. @default {false} */
  readonly isCounted?: boolean | undefined;
}

export interface Listing<T> {
  readonly items: readonly T[];
  /** The number of records on all pages, if requested. */
  readonly count: number | undefined;
}

interface Texts {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly metadata?: UserMetadata | undefined;
}

/** A volume to be created, in a file of its own; empty if no origin is named. */
export interface NewVolumeRequest extends Texts {
  /** GiB. @default {the size of the origin} */
  readonly size?: number | undefined;
  readonly availabilityZone?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly sourceVolumeId?: string | undefined;
  readonly backupId?: string | undefined;
}

/** A file or device of the host that becomes a volume. */
export interface ManageVolumeRequest extends Texts {
  readonly path: string;
  readonly availabilityZone?: string | undefined;
  readonly isBootable?: boolean | undefined;
}

export interface NewSnapshotRequest extends Texts {
  readonly volumeId: string;
  /** Whether to freeze a volume that is in use. @default {false} */
  readonly force?: boolean | undefined;
}

export interface NewBackupRequest extends Texts {
  readonly volumeId: string;
  readonly snapshotId?: string | undefined;
  readonly container?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly isIncremental: boolean;
  readonly force: boolean;
}

export interface NewRestoreRequest {
  /** If left out, a volume is created. */
  readonly volumeId?: string | undefined;
  /** Name of a volume that is created. */
  readonly name?: string | undefined;
}

export interface RestoreAccepted {
  readonly backupId: string;
  readonly volume: VolumeRow;
}

/** Fields that are left out stay unchanged. */
export interface RowChanges {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Replaces all user metadata. */
  readonly metadata?: UserMetadata | undefined;
}

export interface DeleteVolumeOptions {
  /** Whether to delete the volume's snapshots with it. @default {false} */
  readonly cascade?: boolean | undefined;
  /** Whether to delete it in any status, as long as no operation works on it. @default {false} */
  readonly force?: boolean | undefined;
}

/** A project's limit and use of one resource. */
export interface QuotaUse {
  /** −1 for no limit. */
  readonly limit: number;
  readonly used: number;
}

export type QuotaUses = Readonly<Record<QuotaResource, QuotaUse>>;

/** A change of status that users request for actions outside the service. */
export type VolumeMark = "attach" | "detach" | "reserve" | "unreserve" | "begin-detaching" | "roll-detaching";

export interface BlockStorage {
  /** Whether the policy allows the caller the action. */
  allows(action: Action): boolean;
  /** @throws ForbiddenError when the policy does not allow the caller the action */
  authorize(action: Action): void;

  listVolumes(query: Query<VolumeRow>): Promise<Listing<VolumeRow>>;
  findVolume(id: string): Promise<VolumeRow>;
  createVolume(request: NewVolumeRequest): Promise<VolumeRow>;
  manageVolume(request: ManageVolumeRequest): Promise<VolumeRow>;
  updateVolume(id: string, changes: RowChanges): Promise<VolumeRow>;
  /** @param size GiB */
  extendVolume(id: string, size: number): Promise<void>;
  deleteVolume(id: string, options?: DeleteVolumeOptions): Promise<void>;
  /** Removes the volume from the catalog; its data stays. */
  unmanageVolume(id: string): Promise<void>;
  resetVolume(id: string, status: VolumeStatus): Promise<void>;
  markVolume(id: string, mark: VolumeMark): Promise<void>;
  flagVolume(
    id: string,
    flags: { readonly isReadOnly?: boolean; readonly bootable?: boolean },
  ): Promise<void>;

  listSnapshots(query: Query<SnapshotRow>): Promise<Listing<SnapshotRow>>;
  findSnapshot(id: string): Promise<SnapshotRow>;
  createSnapshot(request: NewSnapshotRequest): Promise<SnapshotRow>;
  updateSnapshot(id: string, changes: RowChanges): Promise<SnapshotRow>;
  deleteSnapshot(id: string, options?: { readonly force?: boolean }): Promise<void>;
  resetSnapshot(id: string, status: SnapshotStatus): Promise<void>;
  /** For a snapshot that is made outside the service. @param progress as a percentage */
  updateSnapshotStatus(id: string, status: SnapshotStatus, progress?: string): Promise<void>;

  listBackups(query: Query<BackupRow>): Promise<Listing<BackupWithDependents>>;
  /** Like `listBackups`, with all that a picture of the chains shows. */
  listChains(query: Query<BackupRow>): Promise<Listing<BackupView>>;
  findBackup(id: string): Promise<BackupWithDependents>;
  createBackup(request: NewBackupRequest): Promise<BackupRow>;
  updateBackup(id: string, changes: RowChanges): Promise<BackupRow>;
  deleteBackup(id: string, options?: { readonly force?: boolean }): Promise<void>;
  restoreBackup(id: string, request: NewRestoreRequest): Promise<RestoreAccepted>;
  /** Reads the backup's chain back in the background; `activity` has the outcome, and a message if it fails. */
  verifyBackup(id: string, options: Pick<VerifyBackupRequest, "sample">): Promise<void>;
  /** Within the project's quotas. @throws IntegrityError when the backup's objects do not match the record */
  importBackup(record: ExportedRecord): Promise<BackupRow>;

  /** Quotas of a project, with their use. */
  quotasOf(projectId: string): Promise<QuotaUses>;
  /** Limits for projects that have none of their own. */
  defaultQuotas(): Promise<Readonly<Record<QuotaResource, number>>>;
  setQuotas(projectId: string, limits: QuotaLimits): Promise<void>;
  setDefaultQuotas(limits: QuotaLimits): Promise<void>;
  removeQuotas(projectId: string): Promise<void>;

  activity(): Promise<Activity>;
  memoryUse(): Promise<MemoryUse>;
  /** Looks for the configured repository's marker or newest backups; reads no data. */
  repositoryHealth(): Promise<RepositoryHealth>;

  listMessages(): Promise<readonly MessageRow[]>;
  findMessage(id: string): Promise<MessageRow>;
  deleteMessage(id: string): Promise<void>;
}
