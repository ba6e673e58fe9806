/** The SQLite adapter for the `SqlDatabase` port: the runtime's own SQLite, otherwise the `sqlite3` package. */

import { dirname } from "node:path";
import { isAshlarError, StorageError } from "../../errors.js";
import type { SqlDatabase } from "../../ports.js";
import { openBuiltin } from "./builtin.js";
import type { SqliteConnection } from "./connection.js";
import { fileSystemType, networkFileSystemOf } from "./network-file-system.js";
import { openPackage } from "./package.js";
import { SerialDatabase } from "./serial.js";

export type SqliteDriver = "builtin" | "package";

export interface OpenSqliteOptions {
  /** Requires one driver. @default {the built-in one, or the package if there is none} */
  readonly driver?: SqliteDriver | undefined;
  /** How long a call waits while other connections write, before it fails as temporary. @default {30000} */
  readonly busyTimeoutMs?: number | undefined;
  /** Called with a warning if the file lies on a network file system. @default {no warning} */
  readonly warn?: ((text: string) => void) | undefined;
  /** Returns the `statfs` type of a directory. @default {the system's own answer} */
  readonly fileSystemType?: ((directory: string) => Promise<number | undefined>) | undefined;
}

const BUSY_TIMEOUT_MS = 30_000;

/**
 * Settings of every connection. `synchronous = FULL` is explicit because some builds of SQLite default to NORMAL in WAL
 * mode, which loses the last transactions at a power cut. SQLite does not wait for other processes, see
 * serial.ts. On a file system that cannot share memory the journal mode stays, which is slower and equally safe.
 */
const SETTINGS: readonly string[] = ["PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"];

/**
 * Opens the database file at `path`, created if missing; its directory must exist.
 * @throws StorageError when there is no driver, the file cannot be opened or is not a database, or lies on a network
 *   file system while another process uses its write-ahead log
 */
export async function openSqlite(path: string, options: OpenSqliteOptions = {}): Promise<SqlDatabase> {
  const connection = await connect(path, options.driver);
  const database = new SerialDatabase(connection, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
  try {
    await database.all("PRAGMA busy_timeout = 0");
    const hasLog = await setJournal(database, path, options);
    if (hasLog && connection.isThreaded) database.readOn(() => connect(path, options.driver));
    for (const setting of SETTINGS) await database.all(setting);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/**
 * Sets a write-ahead log, or a rollback journal on file systems that do not share memory: it needs only locks.
 * Resolves to whether there is a log, with which queries do not wait for changes.
 */
async function setJournal(database: SqlDatabase, path: string, options: OpenSqliteOptions): Promise<boolean> {
  const type = await (options.fileSystemType ?? fileSystemType)(dirname(path));
  const network = type === undefined ? undefined : networkFileSystemOf(type);
  if (network === undefined) {
    await database.all("PRAGMA journal_mode = WAL");
    return true;
  }
  // Without shared memory, a log that another machine left can be read and ended only under an exclusive lock.
  await database.all("PRAGMA locking_mode = EXCLUSIVE");
  if (!(await endLog(database))) {
    throw new StorageError(
      `Cannot open SQLite database ${path} on ${network}: another process uses it with a write-ahead log, which needs ` +
        "shared memory; end that process, or use a state directory on a local file system",
      { call: "open" },
    );
  }
  // The lock itself is released by the next read.
  await database.all("PRAGMA locking_mode = NORMAL");
  await database.all("SELECT name FROM sqlite_master LIMIT 1");
  options.warn?.(
    `the catalog ${path} is on ${network}: use it from one host at a time, because locks on such file systems ` +
      "are unreliable between hosts; a state directory on a local disk is faster and safer",
  );
  return false;
}

/** Changes to a rollback journal; false if another process has the log open. */
async function endLog(database: SqlDatabase): Promise<boolean> {
  try {
    const [row] = await database.all("PRAGMA journal_mode = DELETE");
    return row?.journal_mode === "delete";
  } catch (error) {
    if (isAshlarError(error, "storage") && error.status === "temporary") return false;
    throw error;
  }
}

/** One connection to the database file at `path`, created if missing, without any settings. */
export async function connect(path: string, driver?: SqliteDriver): Promise<SqliteConnection> {
  if (driver !== "package") {
    const builtin = openBuiltin(path);
    if (builtin !== undefined) return builtin;
  }
  if (driver !== "builtin") return await openPackage(path);
  throw new StorageError("Cannot load SQLite: this runtime has none built in", { call: "load" });
}
