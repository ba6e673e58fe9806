/** What the tests of the catalog and of its adapters share. */

import { isBuiltin } from "node:module";
import { join } from "node:path";
import process from "node:process";
import type { ExecutionContext } from "ava";
import type { NewBackup } from "../../src/catalog/backups.js";
import type { Catalog } from "../../src/catalog/catalog.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import type { NewVolume } from "../../src/catalog/volumes.js";
import type { SqliteDriver } from "../../src/node/sqlite/open.js";
import type { Clock, SqlDatabase } from "../../src/ports.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { type CatalogDriver, openDriver } from "./drivers.js";
import { postgresServer } from "./postgres-databases.js";

/** The drivers that are there on this runtime. The package always is: tests need what is optional in use. */
export const SQLITE_DRIVERS: readonly SqliteDriver[] = isBuiltin("node:sqlite")
  ? ["builtin", "package"]
  : ["package"];

/** The databases that tests of catalogs run on: those of SQLite, or PostgreSQL in the suite `test:postgres`. */
export const DRIVERS: readonly CatalogDriver[] =
  process.env.ASHLAR_TEST_CATALOG === "postgresql" ? ["postgresql"] : SQLITE_DRIVERS;

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

/** Path for a database in a directory of its own, which goes when the test ends; or the URL of an empty database. */
export async function temporaryPath(t: ExecutionContext, driver?: CatalogDriver): Promise<string> {
  if (driver === "postgresql") return await (await postgresServer()).createDatabase();
  const directory = await temporaryDirectory(t);
  return join(directory, "catalog.sqlite");
}

export async function openDatabase(
  t: ExecutionContext,
  driver: CatalogDriver,
  path?: string,
): Promise<SqlDatabase> {
  const database = await openDriver(path ?? (await temporaryPath(t, driver)), driver);
  // Teardowns run last first: the database is closed before its directory goes.
  t.teardown(() => database.close());
  return database;
}

export interface TestCatalog {
  readonly catalog: Catalog;
  readonly clock: ManualClock;
  readonly path: string;
}

export async function createCatalog(t: ExecutionContext, driver: CatalogDriver): Promise<TestCatalog> {
  const path = await temporaryPath(t, driver);
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
