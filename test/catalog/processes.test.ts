import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import test from "ava";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import type { CatalogDriver } from "./drivers.js";
import { DRIVERS, ManualClock, openDatabase, temporaryPath } from "./fixture.js";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const PROCESSES = 4;
const TIMES = 50;

function startWorker(mode: string, path: string, driver: CatalogDriver): ChildProcess {
  return spawn(process.execPath, [WORKER, mode, path, driver, String(TIMES)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function outcomeOf(worker: ChildProcess): Promise<{ code: number; errors: string }> {
  const [errors, [code]] = await Promise.all([text(worker.stderr!), once(worker, "exit")]);
  return { code: code as number, errors };
}

for (const [index, driver] of DRIVERS.entries()) {
  // Where there are two drivers, the processes use both: they share the file, not the code.
  const driverOf = (worker: number): CatalogDriver => DRIVERS[(index + worker) % DRIVERS.length]!;

  for (const mode of ["count", "turns"]) {
    test.serial(`${driver}: processes on one fresh catalog lose no update: ${mode}`, async (t) => {
      const path = await temporaryPath(t, driver);
      const workers = Array.from({ length: PROCESSES }, (_, i) => startWorker(mode, path, driverOf(i)));
      const outcomes = await Promise.all(workers.map(outcomeOf));
      t.deepEqual(outcomes, Array(PROCESSES).fill({ code: 0, errors: "" }));
      const catalog = await openCatalog(await openDatabase(t, driver, path), new ManualClock());
      const shared = await catalog.backups.byId("shared");
      t.is(shared?.objectCount, PROCESSES * TIMES);
      t.is(shared?.status, "available");
    });
  }

  test.serial(`${driver}: a process killed in a transaction leaves nothing of it, and no lock`, async (t) => {
    const path = await temporaryPath(t, driver);
    const worker = startWorker("hang", path, driver);
    await once(worker.stdout!, "data");
    const catalog = await openCatalog(await openDatabase(t, driver, path), new ManualClock());
    t.is((await catalog.backups.byId("shared"))?.objectCount, 0);
    const waiting = catalog.backups.update("shared", { objectCount: 7 });
    worker.kill("SIGKILL");
    t.true(await waiting);
    t.is((await catalog.backups.byId("shared"))?.objectCount, 7);
    if (driver === "postgresql") return;
    const again = await openDatabase(t, driver, path);
    t.is((await again.all("PRAGMA integrity_check"))[0]?.integrity_check, "ok");
  });
}
