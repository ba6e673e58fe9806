/** Requests about what backups have stored, and their results. */
import type { BackupRow } from "../../catalog/backups.js";
import type { Comparison } from "../../pipeline/compare-source.js";
import type { RunOptions } from "../../pipeline/run/run.js";

/** How much the next part of a verification has. Exactly one of them is given. */
export interface VerifySubset {
  /** Share of the volume, above 0 and at most 1. */
  readonly share?: number | undefined;
  /** Bytes of the volume. */
  readonly size?: number | undefined;
  /** Milliseconds; the time that one object takes may be exceeded. */
  readonly durationMs?: number | undefined;
}

/** A backup to be verified. */
export interface VerifyBackupRequest extends RunOptions {
  readonly backup: string;
  /** Share of the objects to read, above 0 and below 1; they are chosen at random. @default {all of them} */
  readonly sample?: number | undefined;
  /** Reads the next part of the objects, and remembers how far it has come. Not with `sample`. @default {all of them} */
  readonly subset?: VerifySubset | undefined;
}

/** The result of a verification. */
export interface VerifyOutcome {
  readonly backup: BackupRow;
  /** Bytes of the volume that the chain yields. */
  readonly verifiedSize: number;
  readonly verifiedDigests: number;
  readonly verifiedObjects: number;
  /** Backups in the chain. */
  readonly chainLength: number;
  /** With `subset`: byte offset in the volume where the next part begins; `undefined` if the round is complete. */
  readonly verifiedTo?: number | undefined;
  /** With `subset`: when a round was last complete. */
  readonly verifiedAt?: Date | undefined;
}

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
