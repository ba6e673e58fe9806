/** What is asked of the service about records and repositories, and what it answers. */
import type { RunOptions } from "../pipeline/run/run.js";

/** Cinder's portable description of one backup. */
export interface ExportedRecord {
  readonly backup_service: string;
  readonly backup_url: string;
}

export interface ImportOptions {
  /** Whether backups belong to the user and project that their records name, instead of to the caller. @default {false} */
  readonly keepOwner?: boolean | undefined;
}

export interface ImportRecordsRequest extends ImportOptions {
  /** In any order. */
  readonly records: readonly ExportedRecord[];
  /** Ends it between two records. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of one record. */
export interface ImportedRecord {
  readonly finding: "added" | "known" | "refused";
  /** Known unless the record could not be read. */
  readonly backupId: string | undefined;
  /** The backup that it is based on, where the catalog lacks that: until it comes, this one cannot be restored. */
  readonly missingParentId: string | undefined;
  /** Why it was refused. */
  readonly reason: string | undefined;
}

export interface ScanOptions extends RunOptions {
  /**
   * Whether backups belong to the user and project that their volumes' descriptions name, instead of to the caller.
   * @default {false}
   */
  readonly keepOwner?: boolean | undefined;
}

/** What a scan of a repository came across. */
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

/** `left over`: nobody's, and old enough. `young`: changed too lately to tell. Both stay; what is `removed` does not. */
export type CleanFinding = "left over" | "removed" | "young" | "of unknown age";

/** What lies under one prefix and belongs to no backup. */
export interface Remains {
  readonly finding: CleanFinding;
  readonly container: string;
  readonly prefix: string;
  /** By its names; there need not have been such a backup. */
  readonly backupId: string;
  readonly objectCount: number;
  /** Objects that were begun and not completed. */
  readonly unfinishedCount: number;
  /** Bytes of the objects. */
  readonly storedSize: number;
  /** Of what changed last, by the store's clock. */
  readonly modifiedAt: Date | undefined;
}

export interface CleanRepositoryRequest extends RunOptions {
  /** Whether what is left over is removed. @default {false} */
  readonly remove?: boolean | undefined;
  /** What changed later is left alone. @default {86400, a day} */
  readonly olderThanSeconds?: number | undefined;
}
