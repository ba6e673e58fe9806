import type { Clock, SqlDatabase } from "../ports.js";
import type { Catalog } from "./catalog.js";

/**
 * The catalog in `database`, brought up to date. Its modules are loaded here, because what needs no catalog should not
 * load them.
 * @throws InvalidStateError for a catalog that a newer program has changed
 */
export async function openCatalog(database: SqlDatabase, clock: Clock): Promise<Catalog> {
  const [{ Catalog }, { migrate }] = await Promise.all([import("./catalog.js"), import("./migrations.js")]);
  await migrate(database);
  return new Catalog(database, clock);
}
