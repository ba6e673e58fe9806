/**
 * The common interface of the two SQLite drivers: one connection that runs one statement at a time, and the conversion
 * of its failures to `StorageError`.
 */

import { type ErrorStatus, StorageError } from "../../errors.js";
import type { SqlRow, SqlValue } from "../../ports.js";

/** A raw connection. It neither waits for other processes nor checks its arguments. */
export interface SqliteConnection {
  /** Whether statements run on other threads, several at once if several are passed. */
  readonly isThreaded: boolean;
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]>;
  close(): Promise<void>;
}

/** SQLITE_BUSY and SQLITE_LOCKED: another connection is writing. The low byte of every extended code. */
const BUSY_CODES: readonly number[] = [5, 6];

const ACCESS =
  "check that this user may read and write the file, and create files in its directory, and that its file system is not mounted read-only";

/** Advice for the user, by SQLite's primary result code. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [3, ACCESS],
  [5, "another process holds its lock; wait for that process, or end it"],
  [8, ACCESS],
  [10, "check its file system, and the free space there"],
  [11, "it is damaged: restore a copy of it, or move it away and run `ashlar repository scan`"],
  [13, "free some space on its file system"],
  [14, ACCESS],
  [26, "the file is something else; use another state directory"],
]);

/** A failed call of SQLite and its database file. */
export interface SqliteFailure {
  readonly call: string;
  /** Path of the database file. */
  readonly path: string;
  readonly cause: unknown;
  /** SQLite's result code, plain or extended; `undefined` where the driver gave none. */
  readonly code: number | undefined;
}

export function sqliteError({ call, path, cause, code }: SqliteFailure): StorageError {
  const busy = code !== undefined && BUSY_CODES.includes(code & 0xff);
  const status: ErrorStatus = busy ? "temporary" : "permanent";
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = code === undefined ? undefined : ADVICE.get(code & 0xff);
  const text = `Cannot ${call} SQLite database "${path}": ${reason}`;
  return new StorageError(advice === undefined ? text : `${text}; ${advice}`, {
    call,
    status,
    cause,
  });
}

/** SQLite's result code on a driver's error object, in that driver's property. */
export function resultCode(error: unknown, property: "errcode" | "errno"): number | undefined {
  if (!(error instanceof Error) || !(property in error)) return undefined;
  const code = (error as unknown as Record<string, unknown>)[property];
  return typeof code === "number" ? code : undefined;
}
