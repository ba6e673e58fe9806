/**
 * Workers on many hosts that are killed, stopped beyond their leases, and cut off from the catalog or the store, while
 * the catalog's server restarts. `ASHLAR_TEST_HOSTS` and `ASHLAR_TEST_OPERATIONS` make it large (`npm run test:long`).
 *
 * A host is a process namespace with a state directory and volumes of its own. The database itself records every start
 * and every end, whatever the limiter believes.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { BackupRow } from "../../src/catalog/backups.js";
import { catalogLocation } from "../../src/catalog/location.js";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";
import { openDriver } from "../catalog/drivers.js";
import { postgresServer } from "../catalog/postgres-databases.js";
import type { PostgresServer } from "../helpers/postgres-server.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, type Operation, Site } from "../recovery/site.js";
import { startGcsEmulator } from "../stores/gcs-emulator.js";
import { type Cable, layCable } from "./cable.js";

const HOSTS = Number(process.env.ASHLAR_TEST_HOSTS ?? 2);
const OPERATIONS = Number(process.env.ASHLAR_TEST_OPERATIONS ?? 10);
const LIMIT = 3;
const CAPACITY = 2;
const BUCKET = "volumebackups";
const VOLUME_SIZE = 12 * BLOCK_SIZE + 5;

const JOURNAL: readonly string[] = [
  "CREATE TABLE starts (entry BIGINT GENERATED ALWAYS AS IDENTITY, number BIGINT, running BIGINT)",
  "CREATE TABLE ends (entry BIGINT GENERATED ALWAYS AS IDENTITY, id TEXT, status TEXT)",
  `CREATE FUNCTION note_start() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO starts (number, running) SELECT NEW.number, SUM(slots) FROM operations WHERE state = 'running';
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER note_start AFTER INSERT OR UPDATE OF state ON operations FOR EACH ROW
    WHEN (NEW.state = 'running') EXECUTE FUNCTION note_start()`,
  `CREATE FUNCTION note_end() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ends (id, status) VALUES (NEW.id, NEW.status);
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER note_end AFTER UPDATE OF status ON backups FOR EACH ROW
    WHEN (OLD.status = 'creating' AND NEW.status <> 'creating') EXECUTE FUNCTION note_end()`,
];

interface Host {
  readonly name: string;
  readonly settings: Settings;
  readonly toCatalog: Cable;
  worker: Operation;
}

interface Fleet {
  readonly site: Site;
  readonly server: PostgresServer;
  readonly database: string;
  readonly toStore: Cable;
  readonly hosts: Host[];
  /** A service of this process, on one of the hosts, whose connections are never cut. */
  open(name: string): Promise<Service>;
  objects(): readonly string[];
}

async function prepare(t: ExecutionContext): Promise<Fleet> {
  const server = await postgresServer();
  const url = await server.createDatabase();
  const directory = new URL(url).searchParams.get("host")!;
  const emulator = await startGcsEmulator();
  t.teardown(() => emulator.stop());
  const toStore = await layCable(t, 0, { host: "127.0.0.1", port: Number(new URL(emulator.url).port) });
  const site = await Site.create(
    t,
    {
      ...{ maxOperations: LIMIT, container: BUCKET, fileSize: 4 * BLOCK_SIZE },
      ...{
        repository: `gs://${BUCKET}?endpoint=http://127.0.0.1:${toStore.port}`,
        catalog: catalogLocation(url),
      },
    },
    { backup_gcs_access_token: emulator.grant(), backup_gcs_project_id: "tests" },
  );
  const open = async (name: string): Promise<Service> => {
    const settings = { ...site.settings, hostName: name, stateDirectory: site.path(name) };
    const service = await openNodeService(settings, {
      digestEngine: "native",
      repositories: { options: site.options },
    });
    t.teardown(() => service.close());
    return service;
  };
  // Makes the tables, and the bucket.
  await writeFile(site.path("first.img"), noise(VOLUME_SIZE, 0));
  await (await open("first")).createBackup({ volume: site.path("first.img") });
  const hosts: Host[] = [];
  for (let i = 0; i < HOSTS; i++) {
    const name = `h${i}`;
    const socket = site.path(`sockets-${name}`);
    await mkdir(socket);
    const toCatalog = await layCable(t, `${socket}/.s.PGSQL.5432`, { path: `${directory}/.s.PGSQL.5432` });
    const own = new URL(url);
    own.searchParams.set("host", socket);
    const settings = {
      ...site.settings,
      ...{ hostName: name, stateDirectory: site.path(name), catalog: catalogLocation(own.href) },
    };
    hosts.push({
      name,
      settings,
      toCatalog,
      worker: site.spawnElsewhere(settings, "work", String(CAPACITY)),
    });
  }
  t.teardown(() => {
    for (const { worker } of hosts) worker.kill();
  });
  const database = new URL(url).pathname.slice(1);
  return { site, server, database, toStore, hosts, open, objects: () => emulator.objectNames(BUCKET) };
}

/** Queues backups of the hosts' volumes by turns. */
async function queueAll({ site, hosts, open }: Fleet): Promise<string[]> {
  const services = await Promise.all(hosts.map(({ name }) => open(name)));
  const ids: string[] = [];
  for (let i = 0; i < OPERATIONS; i++) {
    const path = site.path(`disk-${i}.img`);
    await writeFile(path, noise(VOLUME_SIZE, i));
    ids.push((await services[i % HOSTS]!.queueBackup({ volume: path })).backup.id);
  }
  return ids;
}

/** As if the host's processes had not renewed their presence for half a minute. */
async function age({ server, database }: Fleet, { name }: Host): Promise<void> {
  await server.psql(
    database,
    `UPDATE ashlar_processes SET renewed_at = renewed_at - interval '31 seconds'
      WHERE holder IN (SELECT holder FROM workers WHERE host = '${name}')`,
  );
}

/** Starts workers again that have ended, e.g. because the catalog was away when they started, as a supervisor does. */
async function supervise(fleet: Fleet): Promise<void> {
  for (const host of fleet.hosts) {
    if (host.worker.isRunning) continue;
    await age(fleet, host);
    host.worker = fleet.site.spawnElsewhere(host.settings, "work", String(CAPACITY));
  }
}

/** What happens to a host, or to all. Resolves to its name. */
async function disturb(fleet: Fleet, turn: number): Promise<string> {
  const { hosts, site, server, toStore } = fleet;
  const host = hosts[Math.floor(Math.random() * HOSTS)]!;
  const kinds = ["kill", "stop", "catalog away", "store away", "restart"] as const;
  const kind = kinds[turn % kinds.length]!;
  if (kind === "kill") {
    host.worker.kill();
    await host.worker.outcome();
    await age(fleet, host);
    host.worker = site.spawnElsewhere(host.settings, "work", String(CAPACITY));
  } else if (kind === "stop") {
    await host.worker.signal("SIGSTOP");
    await age(fleet, host);
    await sleep(300);
    await host.worker.signal("SIGCONT");
  } else if (kind === "catalog away") host.toCatalog.cut(400);
  else if (kind === "store away") toStore.cut(200);
  else await server.restart();
  return kind;
}

test("each of the queued operations ends once, the limit is never passed, and nothing is left", async (t) => {
  t.timeout(3_000_000);
  const fleet = await prepare(t);
  const { hosts, open, server, database, objects } = fleet;
  const journal = await openDriver(fleet.site.settings.catalog!.url.reveal(), "postgresql");
  t.teardown(() => journal.close());
  for (const statement of JOURNAL) await journal.run(statement);
  await Promise.all(hosts.map(({ worker }) => worker.started));
  let ids: readonly string[] | undefined;
  const queueing = queueAll(fleet).then((all) => {
    ids = all;
  });
  const happened: string[] = [];
  const observer = await open("observer");
  const openCount = async (): Promise<number> =>
    Number(
      await server.psql(database, "SELECT COUNT(*) FROM backups WHERE status = 'creating'").catch(() => "1"),
    );
  while (ids === undefined || (await openCount()) > 0) {
    if (happened.length < Math.max(5, OPERATIONS / 5)) happened.push(await disturb(fleet, happened.length));
    await supervise(fleet);
    await sleep(200 + 200 * Math.random());
  }
  await queueing;
  t.log(`${happened.length} disturbances: ${[...new Set(happened)].join(", ")}`);
  const ends = (await journal.all("SELECT id, status FROM ends")) as unknown as BackupRow[];
  t.deepEqual(ends.map(({ id }) => id).sort(), [...(ids ?? [])].sort(), "each ends, and none twice");
  const starts = await journal.all("SELECT running FROM starts");
  t.true(Math.max(...starts.map(({ running }) => Number(running))) <= LIMIT, "the limit is never passed");
  const views = await observer.listBackups({});
  const made = views.map(({ backup }) => backup).filter(({ status }) => status === "available");
  t.log(`${made.length - 1} of ${OPERATIONS} available`);
  t.true(made.length > 1);
  for (const { id } of made) await observer.verifyBackup({ backup: id });
  while ((await observer.listOperations()).length > 0) await sleep(100);
  for (const { backup } of views) if (backup.status !== "available") await observer.deleteBackup(backup.id);
  await sleep(1100);
  await observer.cleanRepository({ remove: true, olderThanSeconds: 1 });
  const stems = made.map(({ serviceMetadata }) => serviceMetadata!);
  const orphans = objects().filter((name) => !stems.some((stem) => name.startsWith(stem)));
  t.deepEqual(
    orphans.filter((name) => !name.startsWith("ashlar-repository")),
    [],
    "nothing is left that clean does not find",
  );
});
