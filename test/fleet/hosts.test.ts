/** Hosts that die, stand still, or lose their catalog in the middle of operations. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { catalogLocation } from "../../src/catalog/location.js";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";
import { postgresServer } from "../catalog/postgres-databases.js";
import type { PostgresServer } from "../helpers/postgres-server.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, type Operation, Site } from "../recovery/site.js";

interface Fleet {
  readonly site: Site;
  readonly server: PostgresServer;
  /** Of the catalog's database. */
  readonly database: string;
  /** The settings of a host, which has a state directory of its own. */
  host(name: string): Settings;
  open(name: string): Promise<Service>;
}

async function prepare(t: ExecutionContext, settings: Partial<Settings> = {}): Promise<Fleet> {
  const server = await postgresServer();
  const url = await server.createDatabase();
  const site = await Site.create(t, { ...settings, catalog: catalogLocation(url) });
  const host = (name: string): Settings => ({
    ...site.settings,
    stateDirectory: site.path(name),
    hostName: name,
  });
  const open = async (name: string): Promise<Service> => {
    const service = await openNodeService(host(name), { digestEngine: "native" });
    t.teardown(() => service.close());
    return service;
  };
  return { site, server, database: new URL(url).pathname.slice(1), host, open };
}

/** As if no process but those of this host had renewed its presence for half a minute. */
async function age({ server, database }: Fleet, isElsewhere: string): Promise<void> {
  const sql = "UPDATE ashlar_processes SET renewed_at = renewed_at - interval '31 seconds'";
  await server.psql(database, `${sql} WHERE ${isElsewhere}`);
}

/** A backup on host A, in another process namespace, that has stored a part of its objects. */
async function halfBackup(fleet: Fleet): Promise<Operation> {
  const { site, host } = fleet;
  await writeFile(site.path("disk.img"), noise(4000 * BLOCK_SIZE, 1));
  const a = host("a");
  const operation = site.spawnElsewhere({ ...a, fileSize: BLOCK_SIZE }, "create", site.path("disk.img"));
  await operation.started;
  while ((await site.stored().catch(() => [])).length < 20) await sleep(5);
  return operation;
}

const ALL = "true";

test.serial("another host repairs what a killed one left, once its lease is over, and goes on", async (t) => {
  const fleet = await prepare(t, { maxOperations: 1 });
  const operation = await halfBackup(fleet);
  operation.kill();
  await operation.outcome();
  const early = await fleet.open("b");
  t.is((await early.listBackups({}))[0]?.backup.status, "creating", "its lease holds");
  t.is((await early.listOperations()).length, 1);
  await age(fleet, ALL);
  // It waits for the place of the dead one.
  await writeFile(fleet.site.path("other.img"), noise(50 * BLOCK_SIZE, 2));
  const { backup } = await early.createBackup({ volume: fleet.site.path("other.img") });
  t.is(backup.status, "available");
  const b = await fleet.open("b");
  const [dead] = (await b.listBackups({ status: "error" })).map((view) => view.backup);
  t.is(dead?.failReason, "incomplete backup reset on manager restart");
  t.deepEqual(await fleet.site.orphans([backup]), []);
  t.deepEqual(await b.listOperations(), []);
  await b.verifyBackup({ backup: backup.id });
  const a = await fleet.open("a");
  t.is((await a.createBackup({ volume: fleet.site.path("disk.img") })).backup.status, "available");
});

test.serial(
  "a host that stood still for longer than its lease completes nothing when it goes on",
  async (t) => {
    const fleet = await prepare(t);
    const operation = await halfBackup(fleet);
    await operation.signal("SIGSTOP");
    await age(fleet, ALL);
    const b = await fleet.open("b");
    const [dead] = (await b.listBackups({})).map((view) => view.backup);
    t.is(dead?.status, "error");
    t.deepEqual(await b.listOperations(), []);
    await operation.signal("SIGCONT");
    // Or the directory was removed under it.
    t.regex((await operation.outcome()) ?? "", /lease.* was lost/);
    t.is((await b.findBackup(dead!.id)).backup.status, "error");
    // A part of an object that was written while the process stopped may be left, and is found.
    await b.deleteBackup(dead!.id);
    t.deepEqual(await fleet.site.orphans([]), []);
  },
);

test.serial("operations go on through crashes of the catalog's server", async (t) => {
  const { site, server, host, open } = await prepare(t);
  const names = [1, 2, 3].map((i) => site.path(`${i}.img`));
  const bytes = names.map((_, i) => noise(300 * BLOCK_SIZE, i));
  await Promise.all(names.map((name, i) => writeFile(name, bytes[i]!)));
  const settings = { ...host("a"), fileSize: BLOCK_SIZE };
  await (await open("a")).close();
  const operations = names.map((name) => site.spawnWith(settings, "create", name));
  await Promise.all(operations.map(({ started }) => started));
  let crashes = 0;
  while (operations.some(({ isRunning }) => isRunning) && crashes < 2) {
    await server.restart();
    crashes++;
    await sleep(100);
  }
  t.log(`${crashes} crashes`);
  t.deepEqual(await Promise.all(operations.map((operation) => operation.outcome())), ["", "", ""]);
  const b = await open("b");
  const views = await b.listBackups({ status: "available" });
  t.is(views.length, 3);
  for (const { backup } of views) await b.verifyBackup({ backup: backup.id });
  t.deepEqual(await site.orphans(views.map(({ backup }) => backup)), []);
  t.deepEqual(await b.listOperations(), []);
});
