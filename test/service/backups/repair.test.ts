/** What the next start does for rows of dead processes, one status at a time; test/recovery kills real ones. */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { openSink } from "../../../src/node/sink-host.js";
import type { BackupView } from "../../../src/service/requests.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { rowsOf, start, type World } from "../fixture.js";

/** Leaves the rows of a backup as a process would that died while it made the backup. */
async function dieCreating(world: World, { backup }: BackupView, holder = "dead"): Promise<void> {
  await world.catalog.backups.update(backup.id, { status: "creating", holder });
  const changes = { status: "backing-up", previousStatus: "available", holder } as const;
  await world.catalog.volumes.update(backup.volumeId, changes);
}

test("creating: the objects go, the backup is in error, the volume as before", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  const unfinished = world.objectPath(view, "-00002").replace(/volume_/, ".volume_");
  await fs.writeFile(`${unfinished}.0123abcd.partial`, "half");
  await dieCreating(world, view);
  const again = await world.open();
  t.like((await again.findBackup("one")).backup, {
    status: "error",
    failReason: "incomplete backup reset on manager restart",
    holder: null,
  });
  t.like(await again.findVolume("disk"), {
    status: "available",
    previousStatus: "error_backing-up",
    holder: null,
  });
  t.deepEqual(await world.stored(), []);
  await again.deleteBackup("one");
  t.is((await world.backup(again, { volume: "disk" })).backup.status, "available");
});

test("a backup that was completed while its holder was being looked for is left alone", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  const { backup } = view;
  await world.catalog.backups.update(backup.id, { status: "creating", holder: "dead" });
  const stored = await world.stored();
  // The last act of the process that is looked for, between the look at its row and the look at itself.
  world.beforeAnswer = async () => {
    await world.catalog.backups.update(backup.id, { status: "available", holder: null });
  };
  const again = await world.open();
  t.is((await again.findBackup("one")).backup.status, "available");
  t.deepEqual(await world.stored(), stored);
  await again.verifyBackup({ backup: "one" });
});

test("a volume that was in use is in use again", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  await dieCreating(world, view);
  await world.catalog.volumes.update(view.backup.volumeId, { previousStatus: "in-use" });
  t.is((await (await world.open()).findVolume("disk")).status, "in-use");
});

test("what an earlier repair left undone, because the repository was not there, the next one does", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  await dieCreating(world, view);
  await fs.rename(world.repositoryPath, `${world.repositoryPath}.away`);
  const without = await world.open();
  t.like((await without.findBackup("one")).backup, { status: "creating", holder: "dead" });
  t.is((await without.findVolume("disk")).status, "available");
  await fs.rename(`${world.repositoryPath}.away`, world.repositoryPath);
  t.is((await (await world.open()).findBackup("one")).backup.status, "error");
  t.deepEqual(await world.stored(), []);
});

test("a backup that died before its container was made is repaired also where the repository never was", async (t) => {
  const { world, service } = await start(t);
  // It dies before the repository's directory is made.
  const { sink } = await openSink(world.settings.repository);
  sink.createContainer = () => Promise.reject(new StorageError("gone", { call: "createContainer" }));
  const failing = await world.open({ sink });
  await t.throwsAsync(failing.createBackup({ volume: "disk", name: "one" }), { message: "gone" });
  const view = await service.findBackup("one");
  t.false(view.backup.hasContainer);
  await dieCreating(world, view);
  await t.throwsAsync(fs.access(world.repositoryPath), { code: "ENOENT" });
  const again = await world.open();
  t.like((await again.findBackup("one")).backup, { status: "error", holder: null });
  await again.deleteBackup("one");
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: [] });
  // A repair makes no directory: the place may be where a share is to be mounted.
  await t.throwsAsync(fs.access(world.repositoryPath), { code: "ENOENT" });
});

test("an empty container of a backup that died is removed, where its repository is there", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  const container = `${world.repositoryPath}/${view.backup.container}`;
  for (const name of await fs.readdir(container)) await fs.rm(`${container}/${name}`);
  await world.catalog.backups.update(view.backup.id, { hasContainer: false });
  await dieCreating(world, view);
  t.is((await (await world.open()).findBackup("one")).backup.status, "error");
  t.deepEqual(await world.stored(), []);
});

test("directories of a container that was half made are removed", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  await fs.rm(`${world.repositoryPath}/${view.backup.container}`, { recursive: true });
  await world.catalog.backups.update(view.backup.id, { hasContainer: false });
  await dieCreating(world, view);
  t.is((await (await world.open()).findBackup("one")).backup.status, "error");
  t.deepEqual(await world.stored(), []);
});

test("a container is noted before the first object: who dies after that waits for an unmounted share", async (t) => {
  const { world } = await start(t);
  const seen: boolean[] = [];
  const { sink } = await openSink(world.settings.repository);
  const create = sink.create.bind(sink);
  sink.create = async (...wanted) => {
    seen.push((await world.catalog.backups.list())[0]!.hasContainer);
    return await create(...wanted);
  };
  const view = await world.backup(await world.open({ sink }), { volume: "disk", name: "one" });
  t.true(seen.length > 0 && seen.every(Boolean));
  await dieCreating(world, view);
  await fs.rename(world.repositoryPath, `${world.repositoryPath}.unmounted`);
  t.is((await (await world.open()).findBackup("one")).backup.status, "creating");
  await fs.rename(`${world.repositoryPath}.unmounted`, world.repositoryPath);
  t.is((await (await world.open()).findBackup("one")).backup.status, "error");
  t.deepEqual(await world.stored(), []);
});

test("restoring: the backup is available, the volume in error_restoring", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  await world.catalog.backups.update(backup.id, { status: "restoring", holder: "dead" });
  await world.catalog.volumes.update(backup.volumeId, { status: "restoring-backup", holder: "dead" });
  const again = await world.open();
  t.like((await again.findBackup("one")).backup, {
    status: "available",
    failReason: "the process that restored this backup ended before it was done",
    holder: null,
  });
  t.like(await again.findVolume("disk"), { status: "error_restoring", holder: null });
  await again.restoreBackup({ backup: "one", volume: "disk", force: true });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["one available"] });
});

test("deleting: finished, of a backup and of a volume", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  const { volume } = await service.restoreBackup({ backup: "one", volume: "copy" });
  await fs.rm(world.objectPath({ backup }, "_metadata"));
  await world.catalog.backups.update(backup.id, { status: "deleting", holder: "dead" });
  await world.catalog.volumes.update(volume.id, { status: "deleting", holder: "dead" });
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: [] });
  t.deepEqual(await world.stored(), []);
  t.deepEqual(await world.volumeFiles(), []);
});

test("what a live process works on is left alone", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  world.alive.add("neighbour");
  await dieCreating(world, view, "neighbour");
  const stored = await world.stored();
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk backing-up"], backups: ["one creating"] });
  t.deepEqual(await world.stored(), stored);
  world.alive.delete("neighbour");
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["one error"] });
});

test("several that find the same dead process at once repair what it left once", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  await dieCreating(world, view);
  await Promise.all([world.open(), world.open(), world.open()]);
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["one error"] });
  t.deepEqual(await world.stored(), []);
});

test("a row that has a new holder by the time it is repaired is that one's", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  await world.catalog.backups.update(backup.id, { status: "restoring", holder: "dead" });
  await world.catalog.volumes.update(backup.volumeId, { status: "restoring-backup", holder: "dead" });
  // Between the look at a row's holder and its repair, another process has repaired the row and taken it itself.
  const takeOver = [
    () => world.catalog.volumes.update(backup.volumeId, { holder: "quicker" }),
    () => world.catalog.backups.update(backup.id, { holder: "quicker" }),
  ];
  world.alive.has = (holder) => {
    if (holder === "dead") void takeOver.shift()!();
    return holder !== "dead";
  };
  await world.open();
  t.like((await service.findBackup("one")).backup, { status: "restoring", holder: "quicker" });
  t.like(await service.findVolume("disk"), { status: "restoring-backup", holder: "quicker" });
  t.is(takeOver.length, 0);
});

test("a backup that was taken for dead while it was made is no backup", async (t) => {
  const { world, service } = await start(t);
  // Hundreds of objects: it must not be done before it is judged.
  await world.write("disk.img", noise(16 * 2 ** 20, 5));
  const running = service.createBackup({ volume: "disk", name: "one" });
  while ((await world.catalog.backups.held()).length === 0) await sleep(1);
  world.alive.delete("tester");
  await world.open({ holder: "judge" });
  world.alive.add("tester");
  await t.throwsAsync(running);
  // An object that was put while they were removed leaves the row as it was, for the next repair.
  world.alive.delete("tester");
  await world.open({ holder: "next judge" });
  t.is((await service.findBackup("one")).backup.status, "error");
  t.deepEqual(await world.stored(), []);
  t.is((await service.findVolume("disk")).status, "available");
});

test("a process that cannot be seen from here is alive as long as its lease holds", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  world.hidden.add("elsewhere");
  const { operations } = world.catalog;
  const lease = { kind: "backup", holder: "elsewhere", slots: 1, memory: 0 } as const;
  await operations.add({ ...lease, backupId: view.backup.id });
  await dieCreating(world, view, "elsewhere");
  world.clock.advance(29_000);
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk backing-up"], backups: ["one creating"] });
  world.clock.advance(2000);
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["one error"] });
  t.deepEqual(await operations.list(), []);
  t.deepEqual(await world.stored(), []);
});

test("a process that cannot be seen and has no lease is gone", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "one" });
  world.hidden.add("elsewhere");
  await dieCreating(world, view, "elsewhere");
  await world.open();
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["one error"] });
});
