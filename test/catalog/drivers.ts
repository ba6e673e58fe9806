import { catalogLocation } from "../../src/catalog/location.js";
import { openPostgres } from "../../src/node/postgres/database.js";
import { openSqlite, type SqliteDriver } from "../../src/node/sqlite/open.js";
import type { SqlDatabase } from "../../src/ports.js";

export type CatalogDriver = SqliteDriver | "postgresql";

/** Opens the database at a path, or at a URL of PostgreSQL. */
export async function openDriver(path: string, driver: CatalogDriver): Promise<SqlDatabase> {
  if (driver !== "postgresql") return await openSqlite(path, { driver });
  return await openPostgres(catalogLocation(path));
}
