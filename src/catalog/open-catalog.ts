import type { Clock, SqlDatabase } from "../ports.js";
import type { Catalog } from "./catalog.js";

/**
 * Opens the catalog in `database` and brings it up to date. Its modules are loaded here, because code that needs no
 * catalog should not load them.
 * @param path of the database, for errors
 * @throws InvalidStateError for a catalog that a newer program has changed
 */
export async function openCatalog(database: SqlDatabase, clock: Clock, path?: string): Promise<Catalog> {
  const [{ Catalog }, { migrate }] = await Promise.all([import("./catalog.js"), import("./migrations.js")]);
  await migrate(database, path);
  return new Catalog(database, clock);
}
