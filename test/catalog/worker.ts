/**
 * One of the processes that share a catalog in processes.test.ts: `worker.js MODE PATH DRIVER TIMES`.
 *
 * - `count`: TIMES transactions that each read a number and write it back one larger.
 * - `turns`: the same without transactions, guarded by a status of which this process has to win the change.
 * - `hang`: writes in a transaction, prints a line, and never ends it.
 */

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Catalog, CatalogTables } from "../../src/catalog/catalog.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import { isAshlarError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { type CatalogDriver, openDriver } from "./drivers.js";

const [mode, path, driver, times] = process.argv.slice(2) as [string, string, CatalogDriver, string];

async function increment({ backups }: CatalogTables): Promise<void> {
  const backup = await backups.byId("shared");
  await backups.update("shared", { objectCount: backup!.objectCount + 1 });
}

async function count(catalog: Catalog): Promise<void> {
  for (let i = 0; i < Number(times); i++) await catalog.transaction(increment);
}

async function turns(catalog: Catalog): Promise<void> {
  const holder = String(process.pid);
  for (let won = 0; won < Number(times); ) {
    if (await catalog.backups.transition("shared", ["available"], "restoring", { holder })) {
      await increment(catalog);
      const isMine = (await catalog.backups.byId("shared"))!.holder === holder;
      if (!isMine) throw new Error("another process took the turn");
      await catalog.backups.transition("shared", ["restoring"], "available", { holder: null });
      won++;
    }
    await sleep(Math.random() * 2);
  }
}

async function hang(catalog: Catalog): Promise<void> {
  await catalog.transaction(async (tables) => {
    for (let i = 0; i < Number(times); i++) await increment(tables);
    process.stdout.write("written\n");
    await sleep(2 ** 30);
  });
}

const catalog = await openCatalog(await openDriver(path, driver), nodeClock);
try {
  const shared = { id: "shared", volumeId: "v", status: "available", size: 1, repository: "r" } as const;
  await catalog.backups.insert(shared);
} catch (error) {
  if (!isAshlarError(error, "invalid-state")) throw error;
}
await { count, turns, hang }[mode]!(catalog);
await catalog.close();
