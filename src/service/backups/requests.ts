/** Requests about what backups have stored, and their results. */
import type { BackupRow } from "../../catalog/backups.js";
import type { Comparison } from "../../pipeline/compare-source.js";
import type { RunOptions } from "../../pipeline/run/run.js";

/** A volume to be compared with a backup. */
export interface CompareBackupRequest extends RunOptions {
  /** A backup's name or id. */
  readonly backup: string;
  /** A volume's name or id, or a path. */
  readonly volume: string;
}

/** How a volume differs from a backup. */
export interface CompareOutcome extends Omit<Comparison, "memory" | "accountedPeak"> {
  readonly backup: BackupRow;
  /** Path or URL of the volume. */
  readonly source: string;
}
