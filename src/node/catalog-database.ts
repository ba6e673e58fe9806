/** The catalog's database, and what goes with it: a clock, and the proof that this process is there. */
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock, SqlDatabase } from "../ports.js";
import type { Settings } from "../service/settings.js";
import { nodeClock } from "./clock.js";
import { ProcessLocks } from "./process-lock.js";
import { openSqlite } from "./sqlite/open.js";

/** Shows other processes that this one is there, and finds out whether they are. */
interface Presence {
  announce(): Promise<void>;
  /** `undefined` for a process that never announced itself, or has ended in order. */
  isAlive(holder: string): Promise<boolean | undefined>;
  close(): Promise<void>;
}

export interface CatalogDatabase {
  readonly database: SqlDatabase;
  /** Of the catalog's times. */
  readonly clock: Clock;
  readonly presence: Presence;
  /** Path or address, for messages. */
  readonly shown: string;
  /** Name of this host, if several share the catalog. */
  readonly host?: string;
}

interface OpenOptions {
  readonly holder: string;
  readonly warn?: ((text: string) => void) | undefined;
}

/** @throws StorageError when the database cannot be opened */
export async function openCatalogDatabase(
  { catalog, hostName, stateDirectory }: Pick<Settings, "catalog" | "hostName" | "stateDirectory">,
  { holder, warn }: OpenOptions,
): Promise<CatalogDatabase> {
  if (catalog !== undefined) {
    // Loaded late: most catalogs are SQLite's.
    const { openPostgres } = await import("./postgres/database.js");
    const database = await openPostgres(catalog);
    return {
      ...{ database, clock: database.clock, presence: database.presence(holder) },
      ...{ shown: catalog.shown, host: hostName ?? hostname() },
    };
  }
  const shown = join(stateDirectory, "catalog.sqlite");
  const database = await openSqlite(shown, { warn });
  const presence = new ProcessLocks(join(stateDirectory, "processes"), holder);
  return { database, clock: nodeClock, presence, shown };
}
