/** Stops of backups and restores that wait for the volume's device: no call is ended, and no further one is begun. */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import { type Operation, Site } from "../recovery/site.js";
import { type SlowDevice, type Slowness, slowDevice } from "./slow-device.js";

const MIB = 1024 ** 2;
const VOLUME_SIZE = 12 * MIB;
/** Of a stop with what is under way at the device, a second beyond which would be too long; machines are busy. */
const LATENCY_MS_MAX = 2000;

interface Scene {
  readonly site: Site;
  readonly service: Service;
  readonly device: SlowDevice;
}

async function open(t: ExecutionContext, slowness: Slowness): Promise<Scene | undefined> {
  t.timeout(120_000);
  const site = await Site.create(t, { fileSize: MIB });
  const service = await site.open();
  t.teardown(() => service.close());
  const device = await slowDevice(t, site.directory, { ...slowness, bytes: noise(VOLUME_SIZE, 1) });
  if (device === undefined) return undefined;
  await service.createVolume({ name: "slow", source: device.path });
  return { site, service, device };
}

/** Resolves when what the process does has come to `isThere`. */
async function until(operation: Operation, isThere: () => Promise<boolean>): Promise<void> {
  while (!(await isThere())) {
    if (!operation.isRunning) throw new Error(`it ended with "${await operation.outcome()}"`);
    await sleep(5);
  }
}

async function timed(t: ExecutionContext, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await work();
  const latencyMs = performance.now() - startMs;
  t.log(`stopped in ${Math.round(latencyMs)} ms`);
  t.true(latencyMs < LATENCY_MS_MAX);
}

test.serial("a backup that waits for the volume's bytes is stopped, and leaves nothing", async (t) => {
  // Of one window of 1 MiB a fifth of a second.
  const scene = await open(t, { read: 0.02 });
  if (scene === undefined) return;
  const { site, service } = scene;
  const operation = site.spawn("create", "slow");
  await until(operation, async () => (await service.listBackups()).length > 0);
  await sleep(500);
  const [made] = await service.listBackups();
  await timed(t, () => service.deleteBackup(made!.backup.id, { force: true }));
  t.regex((await operation.outcome()) ?? "killed", /^Cancelled: the backup was deleted/);
  t.deepEqual(await site.stored(), []);
  t.like(await service.findVolume("slow"), { status: "available", holder: null });
  t.deepEqual(await service.listOperations(), []);
});

interface RestoreStop {
  readonly slowness: Slowness;
  /** Whether the restore has come to where it is to be stopped. */
  readonly isThere: (scene: Scene) => Promise<boolean>;
}

const RESTORE_STOPS: Readonly<Record<string, RestoreStop>> = {
  "its writes": {
    slowness: { write: 0.02 },
    isThere: async ({ device }) => {
      const [first] = await fs.readFile(device.backing);
      return first === noise(1, 2)[0];
    },
  },
  "stable storage": {
    slowness: { flush: 10 },
    isThere: ({ device }) => device.isFlushing(),
  },
};

for (const [what, { slowness, isThere }] of Object.entries(RESTORE_STOPS)) {
  test.serial(`a restore that waits for ${what} is stopped, and marks its volume`, async (t) => {
    const scene = await open(t, slowness);
    if (scene === undefined) return;
    const { site, service } = scene;
    await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 2));
    const { backup } = await service.createBackup({ volume: site.path("disk.img") });
    const operation = site.spawn("restore", backup.id, "slow");
    await until(operation, () => isThere(scene));
    await timed(t, () => service.resetBackup(backup.id, "error"));
    t.like(await service.findVolume("slow"), { status: "error", holder: null });
    t.like((await service.findBackup(backup.id)).backup, { status: "available", holder: null });
    t.deepEqual(await service.listOperations(), []);
    t.regex((await operation.outcome()) ?? "killed", /^Cancelled: the backup was set to error/);
  });
}
