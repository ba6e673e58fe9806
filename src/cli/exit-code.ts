/** Exit codes: what a script can tell apart without reading messages. */
import { type ErrorCode, isAshlarError } from "../errors.js";
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
  storage: EXIT_FAILURE,
};

/** 128 and the signal's number, as shells have it. */
export const BY_SIGNAL: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** For the help, in the order of the codes. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT_OK, "done"],
  [EXIT_FAILURE, "failed for another reason, such as storage that cannot be read or written"],
  [EXIT_USAGE, "usage: an option, argument or value that cannot be accepted"],
  [3, "not found: no such volume, backup, container or object"],
  [4, "invalid state: what is asked for is refused as things stand"],
  [5, "integrity: stored data is not what was stored"],
  [6, "forbidden: the policy does not allow it with the roles that there are"],
  [BY_SIGNAL.SIGHUP, "stopped by SIGHUP"],
  [BY_SIGNAL.SIGINT, "stopped by SIGINT"],
  [BY_SIGNAL.SIGTERM, "stopped by SIGTERM"],
];

/** Of several errors the first counts, unless the user stopped the command. */
export function exitCodeOf(error: unknown, signal: StopSignal | undefined): number {
  if (error instanceof AggregateError) {
    const stopped = error.errors.find((each) => isAshlarError(each, "cancelled"));
    return exitCodeOf(stopped ?? error.errors[0], signal);
  }
  if (!isAshlarError(error)) return EXIT_FAILURE;
  return error.code === "cancelled" ? BY_SIGNAL[signal ?? "SIGINT"] : BY_ERROR[error.code];
}
