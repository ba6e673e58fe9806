import * as fs from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { Catalog } from "../../../src/catalog/catalog.js";
import { type OperationRow, PARKED } from "../../../src/catalog/operations.js";
import type { Service } from "../../../src/service/service.js";
import { sleep } from "../../../src/sleep.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { type Variation, VOLUME_SIZE, World } from "../fixture.js";
import { GateSink } from "./gate-sink.js";

interface Running {
  readonly service: Service;
  readonly taken: number[];
  /** Ends the worker; resolves when its operations have ended or are parked. */
  stop(graceMs?: number): Promise<void>;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<void>;
}

/** Stays open when a service on it is closed. */
class SharedCatalog extends Catalog {
  override async close(): Promise<void> {}
}

/** A worker that is a process of its own. */
async function startWorker(
  t: ExecutionContext,
  world: World,
  { holder, ...variation }: Variation & { readonly holder: string },
): Promise<Running> {
  world.alive.add(holder);
  const stopping = new AbortController();
  const service = await world.open({
    holder,
    catalog: new SharedCatalog(world.database, world.clock),
    ...variation,
  });
  t.teardown(() => stopping.abort());
  const taken: number[] = [];
  const fleet = await service.fleet();
  const ended = fleet.work({
    ...{ version: "1.2.3", capacity: variation.settings?.maxOperations ?? 4, signal: stopping.signal },
    onTaken: ({ number }) => taken.push(number),
    onError: (error) => world.warnings.push(String(error)),
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended;
    await service.close(AbortSignal.abort());
  };
  return { service, taken, stop, ended };
}

async function volumes(world: World, service: Service, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `disk-${i}`);
  for (const [i, name] of names.entries()) {
    await world.write(`${name}.img`, noise(VOLUME_SIZE, i));
    await service.createVolume({ name, source: `${name}.img` });
  }
  return names;
}

async function until(t: ExecutionContext, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await isSo()) return;
    await sleep(5, undefined);
  }
  t.fail("it has not come about");
}

const statusesOf = async (service: Service): Promise<string[]> =>
  (await service.listBackups({})).map(({ backup }) => backup.status);

test("queued backups are made by a worker in their order, within the limit, and restored by one", async (t) => {
  const world = await World.create(t);
  const queuer = await world.open();
  const names = await volumes(world, queuer, 5);
  for (const volume of names) await queuer.queueBackup({ volume, name: `of ${volume}` });
  const queued = await queuer.listOperations();
  t.deepEqual(
    new Set(queued.map(({ holder, state }) => `${holder} ${state}`)),
    new Set([`${PARKED} waiting`]),
  );
  t.is((await queuer.findVolume("disk-0")).status, "backing-up");
  const worker = await startWorker(t, world, { holder: "w1", settings: { maxOperations: 2 } });
  await until(t, async () => (await statusesOf(queuer)).every((status) => status === "available"));
  t.deepEqual(
    worker.taken,
    queued.map(({ number }) => number),
  );
  await until(t, async () => (await queuer.listOperations()).length === 0);
  await queuer.queueRestore({ backup: "of disk-3", volume: "copy" });
  await until(t, async () => (await queuer.findVolume("copy")).status === "available");
  const { source } = await queuer.findVolume("copy");
  t.deepEqual(await fs.readFile(source!), Buffer.from(noise(VOLUME_SIZE, 3)));
  t.is((await queuer.findVolume("disk-0")).status, "available");
  const fleet = await queuer.fleet();
  t.deepEqual(
    (await fleet.workers()).map(({ state, version, capacity }) => [state, version, capacity]),
    [["working", "1.2.3", 2]],
  );
  await worker.stop();
  t.deepEqual(await fleet.workers(), []);
});

test("a worker finds what it can take behind a long queue for other hosts", async (t) => {
  const world = await World.create(t);
  const queuer = await world.open();
  const [volume = ""] = await volumes(world, queuer, 1);
  const foreign = { kind: "backup", holder: PARKED, slots: 1, memory: 0, host: "elsewhere" } as const;
  for (let i = 0; i < 300; i++) await world.catalog.operations.add(foreign);
  await queuer.queueBackup({ volume, name: "monday" });
  const numbers = (await queuer.listOperations()).map(({ number }) => number);
  const numbersOf = (rows: readonly OperationRow[]): number[] => rows.map(({ number }) => number);
  t.deepEqual(numbersOf(await world.catalog.operations.heldOrFirst(3)), numbers.slice(0, 3));
  t.is((await world.catalog.operations.heldOrFirst(1000)).length, 301);
  t.deepEqual(numbersOf(await world.catalog.operations.heldOrUpTo(numbers[1]!)), numbers.slice(0, 2));
  const worker = await startWorker(t, world, { holder: "w1" });
  await until(t, async () => (await statusesOf(queuer)).includes("available"));
  t.deepEqual(worker.taken, numbers.slice(-1));
});

test("a backup that was queued to be encrypted is never made plain", async (t) => {
  const world = await World.create(t);
  class Encrypting extends GateSink {
    override get isEncrypted(): boolean {
      return true;
    }
  }
  const queuer = await world.open({ sink: await Encrypting.open(world) });
  const [volume = ""] = await volumes(world, queuer, 1);
  await queuer.queueBackup({ volume, name: "secret" });
  await startWorker(t, world, { holder: "w1" });
  await until(t, async () => (await statusesOf(queuer)).includes("error"));
  const { backup } = await queuer.findBackup("secret");
  t.regex(backup.failReason!, /was queued to be encrypted, and its worker has no key/);
  t.is((await queuer.findVolume(volume)).status, "available");
  t.deepEqual(await world.stored(), []);
  await until(t, async () => (await queuer.listOperations()).length === 0);
});

test("what a worker that is stopped has not finished is queued again, and another finishes it", async (t) => {
  const world = await World.create(t);
  const sink = await GateSink.open(world);
  const queuer = await world.open({ sink });
  const [volume = ""] = await volumes(world, queuer, 1);
  const { backup } = await queuer.queueBackup({ volume, name: "monday", metadata: { a: "b" } });
  const [operation] = await queuer.listOperations();
  const first = await startWorker(t, world, { holder: "w1", sink });
  await sink.begun;
  await first.stop();
  const [parked] = await queuer.listOperations();
  t.like(parked, {
    number: operation!.number,
    holder: PARKED,
    state: "waiting",
    request: operation!.request,
  });
  t.is((await queuer.findBackup("monday")).backup.status, "creating");
  sink.openGate();
  const second = await startWorker(t, world, { holder: "w2", sink });
  await until(t, async () => (await statusesOf(queuer)).includes("available"));
  await second.stop();
  await queuer.verifyBackup({ backup: backup.id });
  t.is((await queuer.findVolume(volume)).status, "available");
});

test("a queued operation is cancelled, deleted and reset, and leaves its volume as it was", async (t) => {
  const world = await World.create(t);
  const service = await world.open();
  const [a = "", b = "", c = ""] = await volumes(world, service, 3);
  for (const volume of [a, b, c]) await service.queueBackup({ volume, name: volume });
  const [first] = await service.listOperations();
  await service.cancelOperation(first!.number);
  t.regex((await service.findBackup(a)).backup.failReason ?? "", /operation \d+ was cancelled/);
  await service.deleteBackup(b, { force: true });
  await service.resetBackup(c, "error");
  t.deepEqual(await service.listOperations(), []);
  t.deepEqual(await statusesOf(service), ["error", "error"]);
  for (const volume of [a, b, c]) t.is((await service.findVolume(volume)).status, "available");
});

test("a worker takes what its host can open, and drains on request", async (t) => {
  const world = await World.create(t);
  const on = (host: string): Variation => ({ catalog: new SharedCatalog(world.database, world.clock, host) });
  const a = await world.open(on("a"));
  const [volume = ""] = await volumes(world, a, 1);
  const b = await world.open({ ...on("b"), holder: "b" });
  // From another host than the one that has the volume.
  await b.queueBackup({ volume });
  const [operation] = await b.listOperations();
  t.is(operation?.host, "a");
  const wrong = await startWorker(t, world, { holder: "wb", ...on("b") });
  await sleep(100, undefined);
  t.deepEqual(wrong.taken, []);
  const right = await startWorker(t, world, { holder: "wa", ...on("a") });
  await until(t, async () => (await statusesOf(a)).includes("available"));
  const fleet = await a.fleet();
  t.deepEqual(
    (await fleet.drain("b")).map(({ holder }) => holder),
    ["wb"],
  );
  await wrong.ended;
  await t.throwsAsync(fleet.drain("c"), { message: 'No worker runs on host "c"' });
  t.deepEqual(
    (await fleet.workers()).map(({ holder, state }) => `${holder} ${state}`),
    ["wa working"],
  );
  await right.stop();
});

test("what a living process left, because the catalog was away at its end, is repaired while it works on other things", async (t) => {
  const world = await World.create(t);
  const other = await world.open();
  const [left = "", busy = ""] = await volumes(world, other, 2);
  const { backup } = await other.createBackup({ volume: left, name: "monday" });
  const ticks: (() => void)[] = [];
  const sink = await GateSink.open(world);
  const service = await world.open({ sink, onTimer: (tick) => void ticks.push(tick) });
  await service.resume();
  const working = service.createBackup({ volume: busy, name: "tuesday" });
  await sink.begun;
  const { id: backupId, volumeId } = backup;
  await world.catalog.backups.update(backupId, { status: "creating", holder: "tester" });
  await world.catalog.volumes.update(volumeId, {
    ...{ status: "backing-up", previousStatus: "available", holder: "tester" },
  });
  await world.catalog.operations.add({
    ...{ kind: "backup", holder: "tester", slots: 1, memory: 0, backupId, volumeId },
    ...{ host: null, projectId: null, repository: null },
  });
  const tick = async (): Promise<void> => {
    for (const each of ticks) each();
    await sleep(100, undefined);
  };
  await tick();
  const { backup: before } = await service.findBackup("monday");
  t.is(before.status, "creating", "a row is taken before its work begins");
  await tick();
  await until(t, async () => (await service.findBackup("monday")).backup.status === "error");
  t.is((await service.findVolume(left)).status, "available");
  const operations = await service.listOperations();
  t.deepEqual(
    operations.map(({ volumeId: id }) => id),
    [(await service.findVolume(busy)).id],
    "it counts for the limits no longer",
  );
  await tick();
  sink.openGate();
  t.is((await working).backup.status, "available", "what is worked on is left alone");
  t.true((await world.stored()).every((name) => !name.includes(backupId)));
});
