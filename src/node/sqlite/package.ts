/** The `sqlite3` package, an optional dependency for runtimes without a SQLite of their own (Node 20). */

import type sqlite3 from "sqlite3";
import { StorageError } from "../../errors.js";
import type { SqlRow, SqlValue } from "../../ports.js";
import { resultCode, type SqliteConnection, type SqliteFailure, sqliteError } from "./connection.js";

/**
 * A connection to the database file at `path`.
 * @throws StorageError when the package is not installed, or its native part does not load
 */
export async function openPackage(path: string): Promise<SqliteConnection> {
  const driver = await loadPackage();
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new driver.Database(
      path,
      settle({ call: "open", path }, () => resolve(opened), reject),
    );
  });
  return new PackageConnection(database, path);
}

async function loadPackage(): Promise<typeof sqlite3> {
  try {
    return (await import("sqlite3")).default;
  } catch (cause) {
    throw new StorageError(
      "Cannot load SQLite: this runtime has none built in and the package sqlite3 does not load; " +
        "use Node 22.13 or later, or install the package with `npm install sqlite3`",
      { call: "load", cause },
    );
  }
}

class PackageConnection implements SqliteConnection {
  readonly isThreaded = true;
  readonly #database: sqlite3.Database;
  readonly #path: string;

  constructor(database: sqlite3.Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  run(sql: string, parameters: readonly SqlValue[]): Promise<number> {
    const done = { call: "change", path: this.#path };
    return new Promise((resolve, reject) => {
      // The package passes the count as a property of the callback's `this`.
      this.#database.run(sql, [...parameters], function (error: Error | null) {
        settle(done, () => resolve(this.changes), reject)(error);
      });
    });
  }

  all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    const done = { call: "query", path: this.#path };
    return new Promise((resolve, reject) => {
      this.#database.all<SqlRow>(sql, [...parameters], (error, rows) => {
        settle(done, () => resolve(rows), reject)(error);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close(settle({ call: "close", path: this.#path }, resolve, reject));
    });
  }
}

/** A callback as the package calls it: `resolve` or `reject`, by whether there is an error. */
function settle(
  done: Pick<SqliteFailure, "call" | "path">,
  resolve: () => void,
  reject: (error: Error) => void,
): (error: Error | null) => void {
  return (cause) => {
    if (cause === null) resolve();
    else reject(sqliteError({ ...done, cause, code: resultCode(cause, "errno") }));
  };
}
