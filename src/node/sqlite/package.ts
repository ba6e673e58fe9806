/** The `sqlite3` package, an optional dependency for runtimes without a SQLite of their own (Node 20). */

import type sqlite3 from "sqlite3";
import { StorageError } from "../../errors.js";
import type { SqlRow, SqlValue } from "../../ports.js";
import { resultCode, type SqliteConnection, sqliteError } from "./connection.js";

/**
 * A connection to the database file at `path`.
 * @throws StorageError when the package is not installed, or its native part does not load
 */
export async function openPackage(path: string): Promise<SqliteConnection> {
  const driver = await loadPackage();
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new driver.Database(path, (error) => settle("open", error, () => resolve(opened), reject));
  });
  return new PackageConnection(database);
}

async function loadPackage(): Promise<typeof sqlite3> {
  try {
    return (await import("sqlite3")).default;
  } catch (cause) {
    throw new StorageError(
      "Cannot load SQLite: this runtime has none built in and the package sqlite3 does not load; " +
        "use Node 22.13 or later, or install the package with `npm install sqlite3`",
      { operation: "load", cause },
    );
  }
}

class PackageConnection implements SqliteConnection {
  readonly #database: sqlite3.Database;

  constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  run(sql: string, parameters: readonly SqlValue[]): Promise<number> {
    return new Promise((resolve, reject) => {
      // The package passes the count as a property of the callback's `this`.
      this.#database.run(sql, [...parameters], function (error: Error | null) {
        settle("change", error, () => resolve(this.changes), reject);
      });
    });
  }

  all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<SqlRow>(sql, [...parameters], (error, rows) => {
        settle("query", error, () => resolve(rows), reject);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close((error) => settle("close", error, resolve, reject));
    });
  }
}

function settle(
  operation: string,
  error: Error | null,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  if (error === null) resolve();
  else reject(sqliteError(operation, error, resultCode(error, "errno")));
}
