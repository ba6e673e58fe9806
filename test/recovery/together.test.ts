/** Processes that work on one catalog at the same time. */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, Site } from "./site.js";

const VOLUME_SIZE = 500 * BLOCK_SIZE + 5;

test("backups of different volumes run side by side", async (t) => {
  const site = await Site.create(t);
  const names = ["a.img", "b.img", "c.img"];
  for (const [seed, name] of names.entries())
    await fs.writeFile(site.path(name), noise(VOLUME_SIZE, seed + 1));
  const outcomes = await Promise.all(names.map((name) => site.spawn("create", site.path(name)).outcome()));
  t.deepEqual(outcomes, ["", "", ""]);
  await site.use(async (service) => {
    const views = await service.listBackups();
    t.is(views.length, 3);
    for (const [seed, name] of names.entries()) {
      const volume = await service.findVolume(name);
      t.is(volume.status, "available");
      const { backup } = views.find((view) => view.backup.volumeId === volume.id)!;
      await service.restoreBackup({ backup: backup.id, volume: site.path(`restored-${name}`) });
      t.is(await site.difference(`restored-${name}`, noise(VOLUME_SIZE, seed + 1)), -1);
    }
  });
});

test("of several backups of one volume at once, those that come too late are refused clearly", async (t) => {
  const site = await Site.create(t);
  await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 1));
  const operations = [1, 2, 3, 4].map(() => site.spawn("create", site.path("disk.img")));
  const outcomes = await Promise.all(operations.map((operation) => operation.outcome()));
  const refused = outcomes.filter((outcome) => outcome !== "");
  for (const outcome of refused) {
    t.regex(
      outcome!,
      /another operation on it has just begun|the current status is "backing-up"|^Cannot register .* already$/,
    );
  }
  t.true(refused.length < 4);
  await site.use(async (service) => {
    const views = await service.listBackups();
    t.is(views.length, 4 - refused.length);
    t.is((await service.listVolumes()).length, 1);
    t.is((await service.findVolume("disk.img")).status, "available");
    t.deepEqual(await site.orphans(views.map(({ backup }) => backup)), []);
    for (const { backup } of views) await service.verifyBackup({ backup: backup.id });
  });
});

async function waitForStatus(service: Service, status: string): Promise<string> {
  for (;;) {
    const { backup } = (await service.listBackups())[0] ?? {};
    if (backup?.status === status) return backup.id;
    await sleep(1);
  }
}

test("a service that is opened leaves alone what another process is doing", async (t) => {
  const site = await Site.create(t);
  await fs.writeFile(site.path("disk.img"), noise(8 * VOLUME_SIZE, 1));
  const service = await site.open();
  t.teardown(() => service.close());
  const creating = site.spawn("create", site.path("disk.img"));
  const id = await waitForStatus(service, "creating");
  for (let i = 0; i < 3; i++) {
    await site.use(async (other) => {
      const { backup } = await other.findBackup(id);
      t.not(backup.status, "error");
    });
  }
  await t.throwsAsync(service.createBackup({ volume: "disk.img" }), {
    message: /Volume to be backed up must be available or in-use, but the current status is "backing-up"$/,
  });
  await t.throwsAsync(service.deleteBackup(id), { message: /must be available or error and not creating$/ });
  t.is(await creating.outcome(), "");
  await service.verifyBackup({ backup: id });

  const restoring = site.spawn("restore", id, site.path("copy.img"));
  await waitForStatus(service, "restoring");
  await site.use(async (other) => t.is((await other.findVolume("copy.img")).status, "restoring-backup"));
  t.is(await restoring.outcome(), "");
  t.is(await site.difference("copy.img", noise(8 * VOLUME_SIZE, 1)), -1);
});

test("two services of one process leave each other's operations alone", async (t) => {
  const site = await Site.create(t);
  await fs.writeFile(site.path("disk.img"), noise(VOLUME_SIZE, 1));
  const first = await site.open();
  t.teardown(() => first.close());
  const running = first.createBackup({ volume: site.path("disk.img") });
  const second = await site.open();
  t.teardown(() => second.close());
  const id = await waitForStatus(second, "creating");
  const third = await site.open();
  t.teardown(() => third.close());
  const { backup } = await running;
  t.is(backup.id, id);
  t.is((await third.findBackup(id)).backup.status, "available");
  await third.verifyBackup({ backup: id });
});
