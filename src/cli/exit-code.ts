/** Exit codes, by which a script distinguishes failures without reading messages. */
import { type ErrorCode, isAshlarError, LeaseLostError, LockedError } from "../errors.js";
import type { StopSignal } from "./host.js";

export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

const BY_ERROR: Readonly<Record<Exclude<ErrorCode, "cancelled">, number>> = {
  usage: EXIT_USAGE,
  "not-found": 3,
  "invalid-state": 4,
  integrity: 5,
  forbidden: 6,
  quota: 4,
  storage: EXIT_FAILURE,
};

/** Some volumes of a batch were backed up, or none. */
export const EXIT_SOME = 7;
export const EXIT_NONE = 8;
/** A salvage has restored a volume without some of its data. */
export const EXIT_LOST = 9;
/** The lease of the operation was lost, and another process has cleaned up after it. */
const EXIT_LEASE_LOST = 10;

/** Something is locked, and may be deleted later. */
const EXIT_LOCKED = 11;

/** A volume was compared with a backup, and differs. */
export const EXIT_DIFFERS = 12;

/** An outcome that is no success, although the command did what it was to do. */
export class IncompleteError extends Error {
  readonly exitCode: number;

  constructor(
    message: string,
    exitCode: typeof EXIT_SOME | typeof EXIT_NONE | typeof EXIT_LOST | typeof EXIT_DIFFERS,
  ) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** 128 plus the signal's number, as in shells. */
export const BY_SIGNAL: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The table that `--help` prints, in the order of the codes. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT_OK, "success"],
  [EXIT_FAILURE, "any other failure, such as storage that cannot be read or written"],
  [EXIT_USAGE, "usage: an option, argument or value was not accepted"],
  [3, "not found: no such volume, backup, container or object"],
  [4, "invalid state: refused in the current state"],
  [5, "integrity: stored data differs from what was backed up"],
  [6, "forbidden: the caller's roles do not allow it"],
  [EXIT_SOME, "incomplete: some volumes of a batch were backed up, others failed"],
  [EXIT_NONE, "no volume of a batch was backed up"],
  [EXIT_LOST, "lost: a salvage restored the volume without some of its data"],
  [
    EXIT_LEASE_LOST,
    "lease lost: another process took this one for dead, or the catalog was away for too long",
  ],
  [EXIT_LOCKED, "locked: the backup may be deleted later; the message has the date"],
  [EXIT_DIFFERS, "differs: the volume has other bytes than the backup it was compared with"],
  [BY_SIGNAL.SIGHUP, "stopped by SIGHUP"],
  [BY_SIGNAL.SIGINT, "stopped by SIGINT"],
  [BY_SIGNAL.SIGTERM, "stopped by SIGTERM"],
];

/** The exit code of an error. Of several errors the first decides, unless the user stopped the command. */
export function exitCodeOf(error: unknown, signal: StopSignal | undefined): number {
  if (error instanceof AggregateError) {
    const stopped = error.errors.find((each) => isAshlarError(each, "cancelled"));
    return exitCodeOf(stopped ?? error.errors[0], signal);
  }
  if (error instanceof IncompleteError) return error.exitCode;
  if (error instanceof LeaseLostError) return EXIT_LEASE_LOST;
  if (error instanceof LockedError) return EXIT_LOCKED;
  if (!isAshlarError(error)) return EXIT_FAILURE;
  return error.code === "cancelled" ? BY_SIGNAL[signal ?? "SIGINT"] : BY_ERROR[error.code];
}
