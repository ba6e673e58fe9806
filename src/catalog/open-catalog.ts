import type { Clock, SqlDatabase } from "../ports.js";
import type { Catalog } from "./catalog.js";

export interface OpenCatalogOptions {
  /** Path or address of the database, for errors. */
  readonly shown?: string | undefined;
  /** Name of this host, if processes of several share the catalog. */
  readonly host?: string | undefined;
}

/**
 * Opens the catalog in `database` and brings it up to date. Its modules are loaded here, because code that needs no
 * catalog should not load them.
 * @throws InvalidStateError for a catalog that a newer program has changed
 */
export async function openCatalog(
  database: SqlDatabase,
  clock: Clock,
  { shown, host }: OpenCatalogOptions = {},
): Promise<Catalog> {
  const [{ Catalog }, { migrate }] = await Promise.all([import("./catalog.js"), import("./migrations.js")]);
  await migrate(database, shown);
  return new Catalog(database, clock, host);
}
