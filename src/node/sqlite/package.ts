/** The `sqlite3` package, an optional dependency for runtimes without a SQLite of their own (Node 20). */

import type sqlite3 from "sqlite3";
import { StorageError } from "../../errors.js";
import type { SqlRow, SqlValue } from "../../ports.js";
import { resultCode, type SqliteConnection, type SqliteFailure, sqliteError } from "./connection.js";
import { Statements } from "./statements.js";

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

type Called = Omit<SqliteFailure, "cause" | "code">;

/** Starts a call of a statement, which ends with `finish`. */
type StatementCall<T> = (
  statement: sqlite3.Statement,
  finish: (error: Error | null, result: T) => void,
) => void;

class PackageConnection implements SqliteConnection {
  readonly isThreaded = true;
  readonly #database: sqlite3.Database;
  readonly #path: string;
  readonly #statements: Statements<Promise<sqlite3.Statement>>;

  constructor(database: sqlite3.Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.#statements = new Statements((sql) => prepare(database, sql), end);
  }

  async run(sql: string, parameters: readonly SqlValue[]): Promise<number> {
    const done = { call: "change", path: this.#path };
    return await this.#call(sql, done, (target, finish) => {
      // The package passes the count as a property of the callback's `this`.
      target.run([...parameters], function (error: Error | null) {
        finish(error, this.changes);
      });
    });
  }

  async all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    const done = { call: "query", path: this.#path };
    return await this.#call<SqlRow[]>(sql, done, (target, finish) => {
      target.all<SqlRow>([...parameters], finish);
    });
  }

  async close(): Promise<void> {
    await this.#statements.clear();
    await new Promise<void>((resolve, reject) => {
      this.#database.close(settle({ call: "close", path: this.#path }, resolve, reject));
    });
  }

  async #call<T>(sql: string, done: Called, call: StatementCall<T>): Promise<T> {
    const kept = this.#statements.get(sql);
    try {
      const statement = await (kept ?? prepare(this.#database, sql));
      return await new Promise<T>((resolve, reject) => {
        call(statement, (error, result) => {
          if (kept === undefined) statement.finalize();
          settle(done, () => resolve(result), reject)(error);
        });
      });
    } catch (error) {
      void this.#statements.drop(sql);
      throw error instanceof StorageError ? error : sqliteFailure(done, error);
    }
  }
}

function prepare(database: sqlite3.Database, sql: string): Promise<sqlite3.Statement> {
  return new Promise((resolve, reject) => {
    const statement = database.prepare(sql, (error: Error | null) => {
      if (error === null) resolve(statement);
      else reject(error);
    });
  });
}

async function end(prepared: Promise<sqlite3.Statement>): Promise<void> {
  // One that could not be compiled has nothing to release.
  const statement = await prepared.catch(() => undefined);
  statement?.finalize();
}

/** A callback as the package calls it: `resolve` or `reject`, by whether there is an error. */
function settle(
  done: Pick<SqliteFailure, "call" | "path">,
  resolve: () => void,
  reject: (error: Error) => void,
): (error: Error | null) => void {
  return (cause) => {
    if (cause === null) resolve();
    else reject(sqliteFailure(done, cause));
  };
}

function sqliteFailure(done: Called, cause: unknown): StorageError {
  return sqliteError({ ...done, cause, code: resultCode(cause, "errno") });
}
