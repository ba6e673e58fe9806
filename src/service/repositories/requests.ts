/** Requests to the service about records and repositories, and its results. */
import type { RunOptions } from "../../pipeline/run/run.js";

/** Cinder's portable description of one backup. */
export interface ExportedRecord {
  readonly backup_service: string;
  readonly backup_url: string;
}

export interface ImportOptions {
  /** Whether backups get the user and project of their records, instead of the caller's. @default {false} */
  readonly keepOwner?: boolean | undefined;
}

export interface ImportRecordsRequest extends ImportOptions {
  /** In any order. */
  readonly records: readonly ExportedRecord[];
  /** Ends the import between two records. */
  readonly signal?: AbortSignal | undefined;
}

/** The outcome for one record. */
export interface ImportedRecord {
  readonly finding: "added" | "known" | "refused";
  /** Known unless the record could not be read. */
  readonly backupId: string | undefined;
  /** The parent, if the catalog lacks it: until the parent is added, this backup cannot be restored. */
  readonly missingParentId: string | undefined;
  /** Why the record was refused. */
  readonly reason: string | undefined;
}

export interface ScanOptions extends RunOptions {
  /**
   * Whether backups get the user and project of their volumes' descriptions, instead of the caller's. @default {false}
   */
  readonly keepOwner?: boolean | undefined;
  /** Whether to take what is there for the repository, although the catalog knows another by its URL. @default {false} */
  readonly accept?: boolean | undefined;
}

/** Findings of a scan of a repository. */
export type ScanFinding = "added" | "known" | "moved" | "skipped";

/** One manifest that a scan found. */
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

/** `warning`: it works, but something should be done. `skipped`: it could not be determined. */
export type CheckFinding = "good" | "warning" | "bad" | "skipped";

/** The result of one check of a repository. */
export interface RepositoryCheck {
  readonly check: string;
  readonly finding: CheckFinding;
  readonly detail: string | undefined;
  /** Advice for when the finding is bad. */
  readonly advice: string | undefined;
}

export interface CheckRepositoryRequest extends RunOptions {
  /** Objects to list; more than a page of the store holds. @default {1001 in object stores, 20 in directories} */
  readonly listCount?: number | undefined;
}

/** `left over`: owned by no backup, and old enough. `young`: changed too recently to decide. Only `removed` ones go. */
export type CleanFinding = "left over" | "removed" | "young" | "of unknown age" | "locked";

/** The objects under one prefix that belong to no backup. */
export interface Remains {
  readonly finding: CleanFinding;
  readonly container: string;
  readonly prefix: string;
  /** The backup's id, as the objects' names have it; there need not have been such a backup. */
  readonly backupId: string;
  readonly objectCount: number;
  /** Unfinished objects. */
  readonly unfinishedCount: number;
  /** Bytes of the objects. */
  readonly storedSize: number;
  /** The latest modification time, by the store's clock. */
  readonly modifiedAt: Date | undefined;
}

export interface CleanRepositoryRequest extends RunOptions {
  /** Whether to remove what is left over. @default {false} */
  readonly remove?: boolean | undefined;
  /** Prefixes with more recent changes are left alone. @default {86400, a day} */
  readonly olderThanSeconds?: number | undefined;
}
