/** The runtime's built-in SQLite: `node:sqlite` of Node 22.13 and later, Deno and Bun. */

import process from "node:process";
import type { SqlRow, SqlValue } from "../../ports.js";
import { resultCode, type SqliteConnection, sqliteError } from "./connection.js";
import { Statements } from "./statements.js";

/** The used part of `node:sqlite`. The types of Node 20, the oldest supported version, do not have the module. */
interface BuiltinModule {
  readonly DatabaseSync: new (path: string) => BuiltinDatabase;
}

interface BuiltinDatabase {
  prepare(sql: string): BuiltinStatement;
  close(): void;
}

interface BuiltinStatement {
  run(...parameters: SqlValue[]): { readonly changes: number | bigint };
  all(...parameters: SqlValue[]): SqlRow[];
}

/** A connection to the database file at `path`, or `undefined` if the runtime has no SQLite. */
export function openBuiltin(path: string): SqliteConnection | undefined {
  const module = loadBuiltin();
  if (module === undefined) return undefined;
  const attempt = <T>(call: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw sqliteError({ call, path, cause, code: resultCode(cause, "errcode") });
    }
  };
  const database = attempt("open", () => new module.DatabaseSync(path));
  // Released with the connection, or by the garbage collector.
  const statements = new Statements<BuiltinStatement>(
    (sql) => database.prepare(sql),
    () => undefined,
  );
  const statement = (sql: string): BuiltinStatement => statements.get(sql) ?? database.prepare(sql);
  return {
    isThreaded: false,
    run: async (sql, parameters) =>
      attempt("change", () => Number(statement(sql).run(...parameters).changes)),
    all: async (sql, parameters) => attempt("query", () => statement(sql).all(...parameters)),
    close: async () => attempt("close", () => database.close()),
  };
}

/**
 * Node 22 warns that SQLite is experimental when the module is first loaded. Users of the command can do nothing about
 * it, so this one warning is suppressed. Loading is synchronous: no other code runs while warnings are filtered.
 */
function loadBuiltin(): BuiltinModule | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: never[]) => {
    if (!isSqliteWarning(warning, rest)) emitWarning.call(process, warning, ...rest);
  };
  try {
    return process.getBuiltinModule("node:sqlite") as BuiltinModule | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isSqliteWarning(warning: string | Error, rest: readonly unknown[]): boolean {
  return rest[0] === "ExperimentalWarning" && String(warning).startsWith("SQLite ");
}
