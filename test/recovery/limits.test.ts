/** Many processes at once against one catalog with a limit. What they do is written down by the database itself. */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { OperationRow } from "../../src/catalog/operations.js";
import { NotFoundError } from "../../src/errors.js";
import { openSqlite } from "../../src/node/sqlite/open.js";
import type { SqlDatabase } from "../../src/ports.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, type Operation, Site } from "./site.js";

const PROCESS_COUNT = 20;
const LIMIT = 3;
const VOLUME_SIZE = 60 * BLOCK_SIZE + 5;

/** Every beginning of an operation, with how many are under way from then on. */
const JOURNAL: readonly string[] = [
  "CREATE TABLE journal (number INTEGER, running INTEGER, memory INTEGER)",
  `CREATE TRIGGER begin_operation AFTER UPDATE OF state ON operations WHEN NEW.state = 'running' BEGIN
    INSERT INTO journal SELECT NEW.number, SUM(slots), SUM(memory) FROM operations WHERE state = 'running';
  END`,
];

async function journalOf(t: ExecutionContext, site: Site): Promise<SqlDatabase> {
  const database = await openSqlite(join(site.settings.stateDirectory, "catalog.sqlite"));
  t.teardown(() => database.close());
  for (const statement of JOURNAL) await database.run(statement);
  return database;
}

interface Entry {
  readonly number: number;
  readonly running: number;
  readonly memory: number;
}

async function prepare(t: ExecutionContext, site: Site, count: number): Promise<SqlDatabase> {
  await site.use(async (service) => {
    for (let i = 0; i < count; i++) {
      await fs.writeFile(site.path(`${i}.img`), noise(VOLUME_SIZE, i + 1));
      await service.createVolume({ name: `disk-${i}`, source: site.path(`${i}.img`) });
    }
  });
  return await journalOf(t, site);
}

test(`of ${PROCESS_COUNT} commands at once never more than ${LIMIT} run, and they are served in order`, async (t) => {
  t.timeout(300_000);
  const site = await Site.create(t, { maxOperations: LIMIT });
  const journal = await prepare(t, site, PROCESS_COUNT);
  const operations = Array.from({ length: PROCESS_COUNT }, (_, i) => site.spawn("create", `disk-${i}`));
  const outcomes = await Promise.all(operations.map((operation) => operation.outcome()));
  t.deepEqual(
    outcomes.filter((outcome) => outcome !== ""),
    [],
  );
  const entries = (await journal.all("SELECT * FROM journal ORDER BY rowid")) as unknown as Entry[];
  t.is(entries.length, PROCESS_COUNT);
  t.true(entries.every(({ running }) => running <= LIMIT));
  t.true(
    entries.some(({ running }) => running === LIMIT),
    "the limit is used",
  );
  const numbers = entries.map(({ number }) => number);
  t.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  t.deepEqual(await journal.all("SELECT * FROM operations"), [], "no lease is left");
  await site.use(async (service) => {
    const views = await service.listBackups({ status: "available" });
    t.is(views.length, PROCESS_COUNT);
    await service.verifyBackup({ backup: views[0]!.backup.id });
  });
});

test("backups and restores of several processes share one memory limit", async (t) => {
  const site = await Site.create(t);
  const journal = await prepare(t, site, 6);
  const first = await site.use((service) => service.createBackup({ volume: "disk-0" }));
  const [{ memory } = { memory: 0 }] = (await journal.all(
    "SELECT memory FROM journal",
  )) as unknown as Entry[];
  const limit = Math.floor(2.5 * memory);
  const limited = { ...site.settings, maxMemory: limit };
  const operations = [1, 2, 3, 4, 5].map((i) => site.spawnWith(limited, "create", `disk-${i}`));
  operations.push(site.spawnWith(limited, "restore", first.backup.id, site.path("copy.img")));
  t.deepEqual([...new Set(await Promise.all(operations.map((each) => each.outcome())))], [""]);
  const entries = (await journal.all("SELECT * FROM journal ORDER BY rowid")) as unknown as Entry[];
  t.is(entries.length, 7);
  t.true(entries.every((entry) => entry.memory <= limit));
  t.is(await site.difference("copy.img", noise(VOLUME_SIZE, 1)), -1);
});

test("what waits, and what works, is cancelled from elsewhere, and the queue goes on", async (t) => {
  const site = await Site.create(t, { maxOperations: 1 });
  const journal = await prepare(t, site, 3);
  // Large enough that it would keep the others waiting for long.
  await fs.truncate(site.path("0.img"), 400_000 * BLOCK_SIZE);
  const operations = [];
  for (const i of [0, 1, 2]) {
    operations.push(site.spawn("create", `disk-${i}`));
    while ((await journal.all("SELECT * FROM operations")).length <= i) await sleep(1);
  }
  const [working, waiting, last] = operations as [Operation, Operation, Operation];
  await site.use(async (service) => {
    const [first, second] = (await service.listOperations()) as [OperationRow, OperationRow];
    t.deepEqual([first.state, second.state], ["running", "waiting"]);
    t.is((await service.cancelOperation(second.number)).volumeId, second.volumeId);
    t.is(await waiting.outcome(), `Cancelled: operation ${second.number} was cancelled`);
    t.is((await service.listOperations())[0]!.number, first.number, "the first goes on");
    t.is((await service.listBackups()).length, 1, "what waited has left no backup");
    await service.cancelOperation(first.number);
    t.is(await working.outcome(), `Cancelled: operation ${first.number} was cancelled`);
    t.is(await last.outcome(), "");
    t.is((await service.listBackups({ status: "available" })).length, 1);
    const [stopped] = await service.listBackups({ status: "error" });
    t.is(stopped!.backup.failReason, `Cancelled: operation ${first.number} was cancelled`);
    t.deepEqual(
      await site.orphans((await service.listBackups({ status: "available" })).map(({ backup }) => backup)),
      [],
    );
    await t.throwsAsync(service.cancelOperation(first.number), { instanceOf: NotFoundError });
  });
});

test("a killed process gives its turn to the next", async (t) => {
  const site = await Site.create(t, { maxOperations: 1 });
  const journal = await prepare(t, site, 3);
  // Large enough that it would keep the others waiting for long.
  await fs.truncate(site.path("0.img"), 400_000 * BLOCK_SIZE);
  const holding = site.spawn("create", "disk-0");
  while ((await journal.all("SELECT * FROM journal")).length === 0) await sleep(1);
  const waiting = [1, 2].map((i) => site.spawn("create", `disk-${i}`));
  while ((await journal.all("SELECT * FROM operations")).length < 3) await sleep(1);
  t.is((await journal.all("SELECT * FROM journal")).length, 1);
  holding.kill();
  t.deepEqual(await Promise.all(waiting.map((operation) => operation.outcome())), ["", ""]);
  await site.use(async (service) => {
    t.is((await service.listBackups({ status: "available" })).length, 2);
    t.is((await service.listBackups({ status: "error" })).length, 1);
  });
  t.deepEqual(await journal.all("SELECT * FROM operations"), []);
});
