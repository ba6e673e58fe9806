/** What the tests of the catalog and of its SQLite adapter share. */

import { isBuiltin } from "node:module";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import type { NewBackup } from "../../src/catalog/backups.js";
import type { Catalog } from "../../src/catalog/catalog.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import type { NewVolume } from "../../src/catalog/volumes.js";
import { openSqlite, type SqliteDriver } from "../../src/node/sqlite/open.js";
import type { Clock, SqlDatabase } from "../../src/ports.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

/** The drivers that are there on this runtime. The package always is: tests need what is optional in use. */
export const DRIVERS: readonly SqliteDriver[] = isBuiltin("node:sqlite")
  ? ["builtin", "package"]
  : ["package"];

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number;

  constructor(start = "2026-11-22T18:56:25.107Z") {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  monotonicMs(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Path for a database in a directory of its own, which goes when the test ends. */
export async function temporaryPath(t: ExecutionContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  return join(directory, "catalog.sqlite");
}

export async function openDatabase(
  t: ExecutionContext,
  driver: SqliteDriver,
  path?: string,
): Promise<SqlDatabase> {
  const database = await openSqlite(path ?? (await temporaryPath(t)), { driver });
  // Teardowns run last first: the database is closed before its directory goes.
  t.teardown(() => database.close());
  return database;
}

export interface TestCatalog {
  readonly catalog: Catalog;
  readonly clock: ManualClock;
  readonly path: string;
}

export async function createCatalog(t: ExecutionContext, driver: SqliteDriver): Promise<TestCatalog> {
  const path = await temporaryPath(t);
  const clock = new ManualClock();
  return { catalog: await openCatalog(await openDatabase(t, driver, path), clock), clock, path };
}

export const REPOSITORY = "file:///srv/backups";

export function newBackup(id: string, fields: Partial<NewBackup> = {}): NewBackup {
  return { id, volumeId: "volume-1", status: "available", size: 1, repository: REPOSITORY, ...fields };
}

export function newVolume(id: string, fields: Partial<NewVolume> = {}): NewVolume {
  return { id, status: "available", size: 1 << 30, ...fields };
}

export function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id);
}
