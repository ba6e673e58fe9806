/** What an operator does to backups that there are: names, states, force. */
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { InvalidStateError, UsageError } from "../../src/errors.js";
import { noise } from "../pipeline/volume-bytes.js";
import { rowsOf, start, VOLUME_SIZE } from "./fixture.js";

test("a backup is renamed, described and noted upon; what is left out stays", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, {
    volume: "disk",
    name: "one",
    description: "d",
    metadata: { a: "1", b: "2" },
  });
  const changed = await service.updateBackup({ backup: "one", name: "uno", metadata: { b: "3", c: "4" } });
  t.like(changed, { name: "uno", description: "d", metadata: { a: "1", b: "3", c: "4" } });
  t.deepEqual((await service.updateBackup({ backup: "uno", removedKeys: ["a", "x"] })).metadata, {
    b: "3",
    c: "4",
  });
  const cleared = { backup: "uno", description: "", replaceMetadata: true, metadata: { z: "9" } };
  t.like(await service.updateBackup(cleared), { name: "uno", description: null, metadata: { z: "9" } });
  for (const wrong of [{ name: "../x" }, { description: "\x07" }, { metadata: { "a\n": "b" } }]) {
    await t.throwsAsync(service.updateBackup({ backup: "uno", ...wrong }), { instanceOf: UsageError });
  }
});

test("a backup is set to error and to available again", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk", name: "one" });
  t.is((await service.resetBackup("one", "error")).status, "error");
  await t.throwsAsync(service.restoreBackup({ backup: "one", volume: "copy" }), {
    message: /Backup status must be available and not error$/,
  });
  t.like(await service.resetBackup("one", "available"), { status: "available", failReason: null });
  await service.verifyBackup({ backup: "one" });
});

test("what has no manifest is not made available, nor is what is being deleted", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  await service.deleteBackup("one");
  await world.catalog.backups.insert({ ...backup, status: "error" });
  await t.throwsAsync(service.resetBackup("one", "available"), {
    instanceOf: InvalidStateError,
    message: /its manifest is not in the repository/,
  });
  await world.catalog.backups.update(backup.id, { status: "deleting" });
  for (const state of ["available", "error"] as const) {
    await t.throwsAsync(service.resetBackup("one", state), {
      message: `Invalid backup ${backup.id}: Backup status must not be deleting to be reset to ${state}`,
    });
  }
});

test("a volume that is set in-use is backed up by force only, and is in use again after it", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.resetVolume("disk", "in-use");
  await t.throwsAsync(service.createBackup({ volume: "disk" }), {
    instanceOf: InvalidStateError,
    message: `Invalid volume ${id}: Backing up an in-use volume must use the force flag.`,
  });
  await world.backup(service, { volume: "disk", force: true });
  t.is((await service.findVolume("disk")).status, "in-use");
  await service.resetVolume("disk", "available");
  await world.backup(service, { volume: "disk" });
});

test("a volume that others use is backed up by force only", async (t) => {
  const { world, service, path } = await start(t);
  world.users.set(path, ["mounted at /srv", "used as swap"]);
  await t.throwsAsync(service.createBackup({ volume: "disk" }), {
    message: /must use the force flag\. It is mounted at \/srv, used as swap$/,
  });
  await world.write("loose.img", noise(VOLUME_SIZE, 4));
  world.users.set(`${world.directory}/loose.img`, ["locked for writing"]);
  await t.throwsAsync(service.createBackup({ volume: "loose.img" }), {
    message: new RegExp(`^Invalid volume ${world.directory}/loose.img: Backing up`),
  });
  await world.backup(service, { volume: "disk", force: true });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["null available"] });
});

test("a volume that is worked on is not reset", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.findVolume("disk");
  await world.catalog.volumes.update(id, { status: "backing-up" });
  await t.throwsAsync(service.resetVolume("disk", "available"), {
    message: `Invalid volume ${id}: Volume status must not be backing-up to be reset`,
  });
});

test("by force a backup in any status is deleted, but not one that others depend on", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  const second = await world.backup(service, { volume: "disk", name: "two", incremental: true });
  await t.throwsAsync(service.deleteBackup("one", { force: true }), {
    message: new RegExp(`Incremental backups exist for this backup\\. .*${second.backup.id} first$`),
  });
  await service.deleteBackup("two", { force: true });
  await world.catalog.backups.update(backup.id, { status: "restoring" });
  await t.throwsAsync(service.deleteBackup("one"), {
    message: /must be available or error and not restoring/,
  });
  await service.deleteBackup("one", { force: true });
  t.deepEqual(await world.stored(), []);
});

test("a backup that is being made by this service is cancelled by deleting it", async (t) => {
  const { world, service } = await start(t);
  const running = service.createBackup({ volume: "disk", name: "one" });
  while ((await world.catalog.backups.held()).length === 0) await sleep(1);
  const deleted = service.deleteBackup("one", { force: true });
  await t.throwsAsync(running, { message: /^Cancelled: the backup was deleted/ });
  await deleted;
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: [] });
  t.deepEqual(await world.stored(), []);
  t.deepEqual(await service.listOperations(), []);
});

test("a chain in the order in which it can be deleted", async (t) => {
  const { world, service } = await start(t);
  for (const name of ["one", "two", "three"]) {
    await world.backup(service, { volume: "disk", name, incremental: name !== "one" });
  }
  const namesOf = async (name: string): Promise<(string | null)[]> =>
    (await service.findChainOf(name)).map((backup) => backup.name);
  t.deepEqual(await namesOf("one"), ["three", "two", "one"]);
  t.deepEqual(await namesOf("two"), ["three", "two"]);
  t.deepEqual(
    (await service.listBackups()).map(({ chainLength }) => chainLength),
    [3, 2, 1],
  );
  for (const { id } of await service.findChainOf("one")) await service.deleteBackup(id);
  t.deepEqual(await world.stored(), []);
});
