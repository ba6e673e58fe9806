/** `ashlar catalog copy`: between a file of SQLite and a database of PostgreSQL, in either direction. */
import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { type CatalogEnd, type CopiedTable, copyCatalog } from "../catalog/copy.js";
import { catalogLocation } from "../catalog/location.js";
import type { CatalogCopy } from "../cli/host.js";
import { NotFoundError, UsageError } from "../errors.js";
import { openSqlite } from "./sqlite/open.js";

export async function copyNodeCatalog({ from, to, hostName }: CatalogCopy): Promise<CopiedTable[]> {
  if (!isUrl(from)) await requireFile(resolve(from));
  const first = await openEnd(from, hostName);
  try {
    const second = await openEnd(to, hostName);
    try {
      return await copyCatalog(first, second);
    } finally {
      await second.database.close();
    }
  } finally {
    await first.database.close();
  }
}

function isUrl(given: string): boolean {
  return /^[a-z]+:\/\//.test(given);
}

async function openEnd(given: string, hostName: string | undefined): Promise<CatalogEnd> {
  if (!isUrl(given)) {
    const path = resolve(given);
    return { database: await openSqlite(path), shown: path };
  }
  const location = locationOf(given);
  const { openPostgres } = await import("./postgres/database.js");
  return {
    database: await openPostgres(location),
    shown: location.shown,
    host: hostName ?? hostname(),
  };
}

function locationOf(given: string) {
  const location = catalogLocation(given);
  if (!location.hasPassword) return location;
  throw new UsageError(
    `Cannot use ${location.shown} with a password: others can read the command line; set PGPASSWORD or PGPASSFILE`,
  );
}

async function requireFile(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile() !== true) throw new NotFoundError(`No catalog "${path}" exists`);
}
