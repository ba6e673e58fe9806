/**
 * Stops from another process in every stage of a backup and of a restore over a network: whatever is waited for there,
 * the stop does not wait for it. `ASHLAR_TEST_STAGE_ROUNDS=10` hits each stage so often.
 */
import * as fs from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import { Random, SEED } from "./random.js";
import { BLOCK_SIZE, type Operation } from "./site.js";
import { type SlowStore, startSlowStore } from "./slow-store.js";
import { BACKUP_STAGES, RESTORE_STAGES, type StageOf } from "./stages.js";
import { distribution, type Stopped } from "./stops.js";

const ROUNDS = Number(process.env.ASHLAR_TEST_STAGE_ROUNDS ?? 1);
const VOLUME_SIZE = 12 * 256 * BLOCK_SIZE;
/** From the request that is held up to the stop, at most. */
const DELAY_MAX_MS = 100;
/** Of half of them; the machine may have other things to do. */
const MEDIAN_MS_MAX = 1000;
/** Of each. Who waited for what is held up would wait for a minute. */
const LATENCY_MS_MAX = 10_000;

interface Stage {
  readonly t: ExecutionContext;
  readonly store: SlowStore;
  readonly service: Service;
  readonly random: Random;
}

async function prepare(t: ExecutionContext): Promise<Stage> {
  t.timeout(120_000 + ROUNDS * 120_000);
  t.log(`seed ${SEED}`);
  const store = await startSlowStore(t);
  const { site } = store;
  await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 1));
  await fs.writeFile(site.path("old.img"), noise(VOLUME_SIZE, 2));
  const service = await site.open();
  t.teardown(() => service.close());
  await service.createVolume({ name: "disk", source: site.path("disk.img") });
  await service.createVolume({ name: "old", source: site.path("old.img") });
  await service.createBackup({ volume: "disk" });
  return { t, store, service, random: new Random(SEED) };
}

/** Starts a process, and resolves when it is held up where `stage` says. */
async function startIn(
  { store, random }: Stage,
  stage: StageOf,
  words: readonly string[],
): Promise<Operation> {
  const { site } = store;
  store.slow(stage.slow(random));
  const operation = site.spawnWith({ ...site.settings, compression: stage.compression ?? "none" }, ...words);
  while (operation.isRunning && !store.isReached()) await sleep(1);
  await sleep(DELAY_MAX_MS * random.next());
  if (!operation.isRunning) throw new Error(`${stage.name}: it ended with "${await operation.outcome()}"`);
  return operation;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

async function newBackup(service: Service, known: readonly string[]): Promise<string> {
  for (;;) {
    const found = (await service.listBackups()).find(({ backup }) => !known.includes(backup.id));
    if (found !== undefined) return found.backup.id;
    await sleep(1);
  }
}

async function stopBackup(all: Stage, stage: StageOf): Promise<Stopped> {
  const { t, store, service } = all;
  const before = store.stored();
  const known = (await service.listBackups()).map(({ backup }) => backup.id);
  await fs.writeFile(store.site.path("disk.img"), noise(VOLUME_SIZE, 3));
  const verb = stage.compression === undefined ? "incremental" : "create";
  const operation = await startIn(all, stage, [verb, "disk"]);
  const id = await newBackup(service, known);
  const latencyMs = await timed(() => service.deleteBackup(id, { force: true }));
  t.deepEqual(store.stored(), before, `${stage.name}: objects and uploads`);
  t.regex((await operation.outcome()) ?? "killed", /^Cancelled: the backup was deleted/, stage.name);
  t.like(await service.findVolume("disk"), { status: "available", holder: null }, stage.name);
  t.deepEqual(
    (await service.listBackups()).map(({ backup }) => backup.id),
    known,
    stage.name,
  );
  t.deepEqual(await service.listOperations(), [], stage.name);
  return { stage: stage.name, latencyMs };
}

async function stopRestore(all: Stage, stage: StageOf, backupId: string): Promise<Stopped> {
  const { t, service, store } = all;
  const before = store.stored();
  const operation = await startIn(all, stage, ["restore", backupId, "old"]);
  const latencyMs = await timed(() => service.resetBackup(backupId, "error"));
  t.regex((await operation.outcome()) ?? "killed", /^Cancelled: /, stage.name);
  const { backup } = await service.findBackup(backupId);
  t.like(backup, { status: "available", holder: null }, stage.name);
  t.regex(backup.failReason ?? "", /^Cancelled: /, stage.name);
  t.like(await service.findVolume("old"), { status: "error", holder: null }, stage.name);
  t.deepEqual(await service.listOperations(), [], stage.name);
  t.deepEqual(store.stored(), before, stage.name);
  return { stage: stage.name, latencyMs };
}

function checkLatencies({ t }: Stage, stops: readonly Stopped[]): void {
  t.log(distribution(stops));
  const latencies = stops.map(({ latencyMs }) => latencyMs!).sort((a, b) => a - b);
  t.true(latencies[latencies.length >> 1]! < MEDIAN_MS_MAX);
  t.true(latencies.at(-1)! < LATENCY_MS_MAX);
}

test.serial("a backup is stopped in every stage, and leaves neither object nor upload", async (t) => {
  const all = await prepare(t);
  const stops: Stopped[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const stage of BACKUP_STAGES) stops.push(await stopBackup(all, stage));
  all.store.slow(undefined);
  await all.service.createBackup({ volume: "disk", incremental: true });
  checkLatencies(all, stops);
});

test.serial("a restore is stopped in every stage, and marks its volume", async (t) => {
  const all = await prepare(t);
  const { service, store } = all;
  const [plain] = await service.listBackups();
  const ended = store.site.spawnWith({ ...store.site.settings, compression: "bz2" }, "create", "disk");
  t.is(await ended.outcome(), "");
  const [encoded] = (await service.listBackups()).filter(({ backup }) => backup.id !== plain!.backup.id);
  const stops: Stopped[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const stage of RESTORE_STAGES) {
      const { backup } = stage.compression === undefined ? plain! : encoded!;
      stops.push(await stopRestore(all, stage, backup.id));
    }
  store.slow(undefined);
  await service.restoreBackup({ backup: encoded!.backup.id, volume: "old", force: true });
  t.is(await store.site.difference("old.img", noise(VOLUME_SIZE, 1)), -1);
  checkLatencies(all, stops);
});
