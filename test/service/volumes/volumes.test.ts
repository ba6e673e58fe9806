import * as fs from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { InvalidStateError, NotFoundError, UsageError } from "../../../src/errors.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { rowsOf, start, VOLUME_SIZE } from "../fixture.js";

test("a volume is a name for a file that is there", async (t) => {
  const { world, service, path } = await start(t);
  await world.write("other.img", noise(5000, 1));
  const volume = await service.createVolume({
    name: "other",
    source: "other.img",
    description: "of the web server",
    metadata: { rack: "4" },
  });
  t.like(volume, {
    source: join(world.directory, "other.img"),
    size: 5000,
    status: "available",
    description: "of the web server",
    metadata: { rack: "4" },
  });
  t.deepEqual(await service.findVolume(volume.id), volume);
  t.like(await service.findVolume(path), { name: "disk" });
  t.deepEqual((await service.listVolumes()).map(({ name }) => name).sort(), ["disk", "other"]);
  t.is(world.runtimeUses, 0);
});

test("names and sources are each one volume's", async (t) => {
  const { world, service, path } = await start(t);
  await world.write("other.img", noise(10, 1));
  await t.throwsAsync(service.createVolume({ name: "disk", source: "other.img" }), {
    instanceOf: InvalidStateError,
    message: /^Cannot create volume "disk": volume .* has that name$/,
  });
  await t.throwsAsync(service.createVolume({ name: "again", source: path }), {
    instanceOf: InvalidStateError,
    message: /^Cannot register ".*disk\.img": it is volume .* \("disk"\) already$/,
  });
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("a volume is renamed and pointed at another source; its backups stay its own", async (t) => {
  const { world, service, path } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const moved = await world.write("moved.img", noise(VOLUME_SIZE, 3));
  const updated = await service.updateVolume({ volume: "disk", name: "root", source: "moved.img" });
  t.like(updated, { id: backup.volumeId, name: "root", source: moved, size: VOLUME_SIZE });
  t.is((await fs.stat(path)).size, VOLUME_SIZE);
  const next = await world.backup(service, { volume: "root", incremental: true });
  t.is(next.backup.parentId, backup.id);
  t.is((await service.verifyBackup({ backup: next.backup.id })).verifiedSize, VOLUME_SIZE);
});

test("a volume gets neither the name nor the source of another, nor a source at work or that is not there", async (t) => {
  const { world, service, path } = await start(t);
  const other = await world.write("other.img", noise(10, 1));
  const { id } = await service.createVolume({ name: "other", source: other });
  const refused = { instanceOf: InvalidStateError };
  await t.throwsAsync(service.updateVolume({ volume: "other", name: "disk" }), {
    ...refused,
    message: /^Cannot rename volume .* to "disk": volume .* has that name$/,
  });
  await t.throwsAsync(service.updateVolume({ volume: "other", source: path }), {
    ...refused,
    message: /^Cannot register ".*disk\.img": it is volume .* \("disk"\) already$/,
  });
  await t.throwsAsync(service.updateVolume({ volume: "other", source: "nothing" }), {
    instanceOf: NotFoundError,
  });
  await t.throwsAsync(service.updateVolume({ volume: "other", name: "" }), { instanceOf: UsageError });
  await world.catalog.volumes.update(id, { status: "backing-up" });
  await t.throwsAsync(service.updateVolume({ volume: "other", source: other }), {
    ...refused,
    message: /it is backing-up$/,
  });
  t.like(await service.findVolume(id), { name: "other", source: other });
});

test("a source must be there, and be a volume", async (t) => {
  const { world, service } = await start(t);
  await world.write("empty.img", new Uint8Array());
  await t.throwsAsync(service.createVolume({ name: "a", source: "nothing" }), { instanceOf: NotFoundError });
  await t.throwsAsync(service.createVolume({ name: "a", source: "." }), { instanceOf: UsageError });
  await t.throwsAsync(service.createVolume({ name: "a", source: "empty.img" }), { instanceOf: UsageError });
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("to delete a volume forgets it; its data and its backups stay", async (t) => {
  const { world, service, path } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await service.deleteVolume("disk");
  t.is((await fs.stat(path)).size, VOLUME_SIZE);
  await t.throwsAsync(service.findVolume("disk"), { instanceOf: NotFoundError });
  await service.verifyBackup({ backup: backup.id });
  await t.throwsAsync(service.deleteVolume("disk"), {
    instanceOf: NotFoundError,
    message: 'No volume with a name or ID of "disk" exists',
  });
});

test("a volume at work is not deleted, one in error is", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.findVolume("disk");
  for (const status of ["backing-up", "restoring-backup", "in-use", "deleting", "creating"] as const) {
    await world.catalog.volumes.update(id, { status });
    await t.throwsAsync(service.deleteVolume("disk"), {
      instanceOf: InvalidStateError,
      message: `Invalid volume ${id}: Volume to be deleted must be available or in error, but the current status is "${status}"`,
    });
  }
  await world.catalog.volumes.update(id, { status: "error_restoring" });
  t.is((await service.deleteVolume("disk")).id, id);
});

test("a file in the state directory that cannot be removed leaves the volume in error, to be deleted later", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "copy" });
  await fs.rm(volume.source!);
  await fs.mkdir(volume.source!);
  await t.throwsAsync(service.deleteVolume("copy"), { message: /^Cannot remove/ });
  t.like(await service.findVolume("copy"), { status: "error", holder: null });
  await fs.rmdir(volume.source!);
  await service.deleteVolume("copy");
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("a volume known from its backups alone takes the source that is brought under its name", async (t) => {
  const { world, service, path } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await service.deleteVolume("disk");
  await world.catalog.backups.remove(backup.id);
  await service.scanRepository();
  await t.throwsAsync(service.createBackup({ volume: "disk" }), {
    instanceOf: InvalidStateError,
    message: `Cannot use volume ${backup.volumeId}: it is known from its backups only; say where it is with volume create "disk" --source PATH`,
  });
  const volume = await service.createVolume({ name: "disk", source: path, metadata: { rack: "4" } });
  t.like(volume, { id: backup.volumeId, source: path, size: VOLUME_SIZE, metadata: { rack: "4" } });
  const child = await world.backup(service, { volume: "disk", incremental: true });
  t.like(child.backup, { parentId: backup.id, objectCount: 0 });
});

test("of two such volumes of one name, the one is meant whose id is given", async (t) => {
  const { world, service, path } = await start(t);
  await service.deleteVolume("disk");
  for (const id of ["first-id", "second-id"]) {
    await world.catalog.volumes.insert({ id, name: "twin", status: "available", size: 1 });
  }
  const error = await t.throwsAsync(service.createVolume({ name: "twin", source: path }), {
    instanceOf: UsageError,
  });
  t.true(error!.message.includes("first-id") && error!.message.includes("second-id"));
  t.like(await service.createVolume({ name: "second-id", source: path }), { id: "second-id", name: "twin" });
});
