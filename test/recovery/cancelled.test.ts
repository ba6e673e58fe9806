/** Cancelling at random moments, as the command does at SIGINT: it leaves no trace. */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { CancelledError, isAshlarError } from "../../src/errors.js";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import { Random, SEED } from "./random.js";
import { BLOCK_SIZE, Site } from "./site.js";

const ROUNDS = 30;
const VOLUME_SIZE = 300 * BLOCK_SIZE + 5;

/** Aborts after some time; the reasons are those of the command, and of a caller who gives none. */
function abortAfter(ms: number, reason: Error | undefined): AbortSignal {
  const controller = new AbortController();
  if (ms <= 0) controller.abort(reason);
  else void sleep(ms).then(() => controller.abort(reason));
  return controller.signal;
}

/** Files that this process has open; none to compare where the system does not tell. */
async function openFiles(): Promise<number> {
  return (await fs.readdir("/proc/self/fd").catch(() => [])).length;
}

/** Files that are open once the service has opened all that it keeps: its second connection when queries overlap. */
async function filesOpenIn(service: Service): Promise<number> {
  await Promise.all([1, 2, 3].map(() => service.listVolumes()));
  return await openFiles();
}

/** Asserts that no more files are open than before; a listing that a cancelled operation left ends a little later. */
async function checkOpenFiles(t: ExecutionContext, before: number): Promise<void> {
  for (let waits = 0; waits < 500 && (await openFiles()) > before; waits++) await sleep(20);
  t.is(await openFiles(), before);
}

/** Milliseconds that `work` takes on this machine at this time, so that the moments lie within it. */
async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

test.serial(
  "a backup that is cancelled leaves no row, no object and no directory, and the volume available",
  async (t) => {
    t.timeout(120_000);
    t.log(`seed ${SEED}`);
    const random = new Random(SEED);
    const site = await Site.create(t);
    const bytes = noise(VOLUME_SIZE, 1);
    await fs.writeFile(site.path("disk.img"), bytes);
    const service = await site.open();
    t.teardown(() => service.close());
    await service.createVolume({ name: "disk", source: site.path("disk.img") });
    await service.createBackup({ volume: "disk" });
    const duration = await durationOf(() => service.createBackup({ volume: "disk" }));
    const openBefore = await filesOpenIn(service);
    let kept = await site.stored();
    let backupCount = 2;
    let cancelledCount = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const incremental = random.next() < 0.5;
      if (incremental) await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, round + 2));
      const reason = random.next() < 0.5 ? new CancelledError("Interrupted") : undefined;
      const signal = abortAfter(duration * (random.next() * 1.3 - 0.05), reason);
      try {
        await service.createBackup({ volume: "disk", incremental, signal });
        kept = await site.stored();
        backupCount++;
      } catch (error) {
        t.true(isAshlarError(error, "cancelled"), `round ${round}: ${error}`);
        cancelledCount++;
      }
      t.deepEqual(await site.stored(), kept, `seed ${SEED}, round ${round}`);
      const backups = await service.listBackups();
      t.is(backups.length, backupCount);
      t.true(backups.every(({ backup }) => backup.status === "available" && backup.holder === null));
      t.like(await service.findVolume("disk"), { status: "available", holder: null });
    }
    t.log(`${cancelledCount} of ${ROUNDS} were cancelled`);
    t.true(cancelledCount > 0);
    await checkOpenFiles(t, openBefore);
    const [newest] = await service.listBackups();
    await service.verifyBackup({ backup: newest!.backup.id });
  },
);

test.serial(
  "a restore that is cancelled leaves no new volume, and an existing one in error_restoring",
  async (t) => {
    t.timeout(120_000);
    const random = new Random(SEED + 1);
    const site = await Site.create(t);
    await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 1));
    await fs.writeFile(site.path("old.img"), noise(VOLUME_SIZE, 2));
    const service = await site.open();
    t.teardown(() => service.close());
    await service.createVolume({ name: "old", source: site.path("old.img") });
    const { backup } = await service.createBackup({ volume: site.path("disk.img") });
    await service.restoreBackup({ backup: backup.id, volume: "warm-up" });
    const duration = await durationOf(() => service.restoreBackup({ backup: backup.id, volume: "new-0" }));
    const openBefore = await filesOpenIn(service);
    let cancelledCount = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const isNew = random.next() < 0.5;
      const volume = isNew ? `new-${round}` : "old";
      const before = (await service.findVolume("old")).status;
      const signal = abortAfter(duration * (random.next() * 1.3 - 0.05), undefined);
      const isDone = await service.restoreBackup({ backup: backup.id, volume, force: true, signal }).then(
        () => true,
        (error: unknown) => {
          t.true(isAshlarError(error, "cancelled"), `round ${round}: ${error}`);
          return false;
        },
      );
      if (!isDone) cancelledCount++;
      const row = (await service.listVolumes()).find(({ name }) => name === volume);
      if (isNew) t.is(row?.status, isDone ? "available" : undefined);
      else t.true((isDone ? ["available"] : [before, "error_restoring"]).includes(row!.status));
      t.like((await service.findBackup(backup.id)).backup, {
        status: "available",
        holder: null,
        failReason: null,
      });
    }
    t.log(`${cancelledCount} of ${ROUNDS} were cancelled`);
    t.true(cancelledCount > 0);
    await checkOpenFiles(t, openBefore);
    const made = (await service.listVolumes()).filter(({ name }) => name?.startsWith("new-"));
    const files = await fs.readdir(`${site.settings.stateDirectory}/volumes`).catch(() => []);
    t.is(files.length, made.length + 1);
    await service.restoreBackup({ backup: backup.id, volume: "old", force: true });
    t.is(await site.difference("old.img", noise(VOLUME_SIZE, 1)), -1);
  },
);
