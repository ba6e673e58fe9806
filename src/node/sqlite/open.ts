/** The SQLite adapter for the `SqlDatabase` port: the runtime's own SQLite, otherwise the `sqlite3` package. */

import { StorageError } from "../../errors.js";
import type { SqlDatabase } from "../../ports.js";
import { openBuiltin } from "./builtin.js";
import type { SqliteConnection } from "./connection.js";
import { openPackage } from "./package.js";
import { SerialDatabase } from "./serial.js";

export type SqliteDriver = "builtin" | "package";

export interface OpenSqliteOptions {
  /** Requires one driver. @default {the built-in one, or the package if there is none} */
  readonly driver?: SqliteDriver | undefined;
  /** How long a call waits while other connections write, before it fails as temporary. @default {30000} */
  readonly busyTimeoutMs?: number | undefined;
}

const BUSY_TIMEOUT_MS = 30_000;

/**
 * Settings of every connection. `synchronous = FULL` is explicit because some builds of SQLite default to NORMAL in WAL
 * mode, which loses the last transactions at a power cut. Waiting for other processes is not left to SQLite, see
 * serial.ts. On a file system that cannot share memory the journal mode stays, which is slower and as safe.
 */
const SETTINGS: readonly string[] = [
  "PRAGMA busy_timeout = 0",
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  "PRAGMA foreign_keys = ON",
];

/**
 * Opens the database file at `path`, created if missing; its directory must exist.
 * @throws StorageError when there is no driver, or the file cannot be opened or is not a database
 */
export async function openSqlite(path: string, options: OpenSqliteOptions = {}): Promise<SqlDatabase> {
  const database = new SerialDatabase(
    await connect(path, options.driver),
    options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
  );
  try {
    for (const setting of SETTINGS) await database.all(setting);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** Opens one connection to the database file at `path`, created if missing, without any settings. */
export async function connect(path: string, driver?: SqliteDriver): Promise<SqliteConnection> {
  if (driver !== "package") {
    const builtin = openBuiltin(path);
    if (builtin !== undefined) return builtin;
  }
  if (driver !== "builtin") return await openPackage(path);
  throw new StorageError("Cannot load SQLite: this runtime has none built in", { operation: "load" });
}
