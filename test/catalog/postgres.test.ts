import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { catalogLocation } from "../../src/catalog/location.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import { StorageError, UsageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { openPostgres } from "../../src/node/postgres/database.js";
import { openDriver } from "./drivers.js";
import { postgresServer } from "./postgres-databases.js";

/** These need a server, which `npm run test:postgres` starts; the fast tests run the rest of this file. */
const onPostgres = process.env.ASHLAR_TEST_CATALOG === "postgresql" ? test.serial : test.skip;

onPostgres(
  "changes happen exactly once while the server crashes and its connections are ended",
  async (t) => {
    const server = await postgresServer();
    const url = await server.createDatabase();
    const name = new URL(url).pathname.slice(1);
    const catalogs = await Promise.all(
      [0, 1, 2, 3].map(async () => openCatalog(await openDriver(url, "postgresql"), nodeClock)),
    );
    await catalogs[0]!.backups.insert({
      id: "b",
      volumeId: "v",
      status: "available",
      size: 1,
      repository: "r",
    });
    let isDone = false;
    let disturbances = 0;
    const disturb = async (): Promise<void> => {
      while (!isDone) {
        const kill = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`;
        if (++disturbances % 5 === 0) await server.restart();
        else await server.psql("postgres", kill);
        await sleep(Math.random() * 60);
      }
    };
    const disturbing = disturb();
    const work = catalogs.map(async (catalog) => {
      for (let i = 0; i < 250; i++)
        await catalog.transaction(async ({ backups }) => {
          const { objectCount } = (await backups.byId("b"))!;
          await backups.update("b", { objectCount: objectCount + 1 });
        });
    });
    await Promise.all(work).finally(() => {
      isDone = true;
    });
    await disturbing;
    t.log(`${disturbances} disturbances`);
    t.is((await catalogs[0]!.backups.byId("b"))?.objectCount, 1000);
    await Promise.all(catalogs.map((catalog) => catalog.close()));
  },
);

onPostgres("a transaction that stands still is ended by the server, and does not happen twice", async (t) => {
  const url = await (await postgresServer()).createDatabase();
  const [frozen, other] = await Promise.all([openDriver(url, "postgresql"), openDriver(url, "postgresql")]);
  await frozen.run("CREATE TABLE n (n BIGINT)");
  let runs = 0;
  const late = frozen.transaction(async (session) => {
    await session.run("INSERT INTO n VALUES (?)", [1]);
    if (++runs === 1) await sleep(12_000);
  });
  await sleep(200);
  t.is(await other.run("INSERT INTO n VALUES (?)", [2]), 1);
  await late;
  t.is(runs, 2);
  t.deepEqual(await other.all("SELECT n FROM n ORDER BY n"), [{ n: 1 }, { n: 2 }]);
  await Promise.all([frozen.close(), other.close()]);
});

test("addresses of PostgreSQL without a database are refused, and none is shown with its password", async (t) => {
  for (const url of [
    "postgres://",
    "postgres://u:sesame@h",
    "postgres://u:sesame@h/a/b",
    "mysql://h/d",
    "sesame",
  ]) {
    const error = t.throws(() => catalogLocation(url), { instanceOf: UsageError });
    t.false(error?.message.includes("sesame"));
  }
  t.is(catalogLocation("postgres://u:se@same@h:1/d?password=x").shown, "postgresql://h:1/d");
});

test("a server that is not there is named with advice", async (t) => {
  const location = catalogLocation("postgres://u:sesame@127.0.0.1:1/d");
  await t.throwsAsync(openPostgres(location), {
    instanceOf: StorageError,
    message:
      /^Cannot connect to catalog postgresql:\/\/127\.0\.0\.1:1\/d: .*ECONNREFUSED.*; check that the server runs/,
  });
});

onPostgres(
  "a queued operation wakes the listeners of other connections, also after the server crashed",
  async (t) => {
    const server = await postgresServer();
    const url = await server.createDatabase();
    const [sender, receiver] = await Promise.all(
      [0, 1].map(async () => await openCatalog(await openDriver(url, "postgresql"), nodeClock)),
    );
    t.teardown(() => Promise.all([sender!.close(), receiver!.close()]));
    let notices = 0;
    const stop = await receiver!.onQueueNotice(() => notices++);
    const isWoken = async (): Promise<boolean> => {
      const before = notices;
      await sender!.transaction(({ operations }) => operations.notifyQueue());
      for (let i = 0; i < 1000 && notices === before; i++) await sleep(5);
      return notices > before;
    };
    t.true(await isWoken());
    await server.restart();
    // The next query connects again.
    await receiver!.operations.list();
    t.true(await isWoken());
    stop();
  },
);

onPostgres("a newer program does not change the tables while another process works with them", async (t) => {
  const server = await postgresServer();
  const location = catalogLocation(await server.createDatabase());
  const older = await openPostgres(location);
  const newer = await openPostgres(location);
  t.teardown(() => Promise.all([older.close(), newer.close()]));
  await openCatalog(older, nodeClock);
  await older.presence("host-a/boot/1/1/1").announce();
  newer.presence("host-b/boot/1/2/1");
  await older.run("UPDATE ashlar_schema SET version = version - 1");
  await t.throwsAsync(openCatalog(newer, nodeClock), {
    message:
      /^Cannot upgrade catalog .*: processes of an older version work with it, on host-a; end them first/,
  });
});
