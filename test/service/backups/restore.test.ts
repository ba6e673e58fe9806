import * as fs from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { InvalidStateError, NotFoundError, UsageError } from "../../../src/errors.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { rowsOf, start, VOLUME_SIZE, withBlock } from "../fixture.js";

test("to a new name: a volume with a file in the state directory", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const outcome = await service.restoreBackup({ backup: backup.id, volume: "copy" });
  t.like(outcome, { restoredSize: VOLUME_SIZE, verifiedDigests: 21 });
  t.like(outcome.backup, { status: "available", holder: null, restoreVolumeId: outcome.volume.id });
  t.like(outcome.volume, {
    name: "copy",
    status: "available",
    size: VOLUME_SIZE,
    holder: null,
    metadata: { src_backup_id: backup.id },
  });
  t.is(join(outcome.volume.source!, ".."), world.volumesPath);
  t.is(firstDifference(await fs.readFile(outcome.volume.source!), bytes), -1);
  t.like(await service.deleteVolume("copy"), { name: "copy" });
  t.deepEqual(await world.volumeFiles(), []);
});

test("without a name: restore_backup_ and the backup's id, once", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "nightly" });
  const { volume } = await service.restoreBackup({ backup: "nightly" });
  t.is(volume.name, `restore_backup_${backup.id}`);
  await t.throwsAsync(service.restoreBackup({ backup: "nightly" }), {
    instanceOf: InvalidStateError,
    message: /: it exists; use --force to overwrite it$/,
  });
  t.is((await world.volumeFiles()).length, 1);
});

test("to a new path: a file there, which stays when its volume is deleted", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "./copy.img" });
  t.like(volume, { name: "copy.img", source: join(world.directory, "copy.img") });
  await service.deleteVolume("copy.img");
  t.is(firstDifference(await world.read("copy.img"), bytes), -1);
});

test("to an existing path only by force; what is behind the backup's end stays", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const old = noise(VOLUME_SIZE + 1000, 7);
  await world.write("old.img", old);
  await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "old.img" }), {
    instanceOf: InvalidStateError,
    message: `Cannot restore into "${world.directory}/old.img": it exists; use --force to overwrite it`,
  });
  t.is(firstDifference(await world.read("old.img"), old), -1);
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "old.img", force: true });
  t.like(volume, { name: "old.img", size: old.length, status: "available" });
  const restored = await world.read("old.img");
  t.is(firstDifference(restored.subarray(0, VOLUME_SIZE), bytes), -1);
  t.is(firstDifference(restored.subarray(VOLUME_SIZE), old.subarray(VOLUME_SIZE)), -1);
});

test("to an existing volume only by force", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const source = await world.write("other.img", noise(VOLUME_SIZE, 7));
  const { id } = await service.createVolume({ name: "other", source });
  for (const volume of ["other", id, source]) {
    await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume }), {
      instanceOf: InvalidStateError,
      message: `Cannot restore into volume ${id} ("other") at "${source}": it exists; use --force to overwrite it`,
    });
  }
  t.is(firstDifference(await world.read("other.img"), noise(VOLUME_SIZE, 7)), -1);
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "other", force: true });
  t.like(volume, { id, metadata: { src_backup_id: backup.id } });
  t.is(firstDifference(await world.read("other.img"), bytes), -1);
});

test("to a volume whose file is gone only by force, which makes the file again", async (t) => {
  const { world, service, bytes, path } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await fs.rm(path);
  await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "disk" }), {
    instanceOf: InvalidStateError,
    message: `Cannot restore into volume ${backup.volumeId} ("disk"): its file "${path}" is not there; mount what it lies on, or use --force to make it again`,
  });
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "disk", force: true });
  t.like(volume, { id: backup.volumeId, source: path, size: VOLUME_SIZE, status: "available" });
  t.is(firstDifference(await fs.readFile(path), bytes), -1);
});

test("no file is made in the place of a device that is gone", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const device = "/dev/ashlar-test-no-such-device";
  await world.catalog.volumes.update(backup.volumeId, { source: device });
  for (const force of [false, true])
    await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "disk", force }), {
      instanceOf: NotFoundError,
      message: `Cannot restore into "${device}": there is no such device, and no files are made below /dev`,
    });
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("to the volume that was backed up, which stays what it was", async (t) => {
  const { world, service, bytes, path } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await fs.writeFile(path, withBlock(bytes, 2, 1));
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "disk", force: true });
  t.like(volume, { id: backup.volumeId, status: "available", metadata: {} });
  t.is(firstDifference(await fs.readFile(path), bytes), -1);
  const child = await world.backup(service, { volume: "disk", incremental: true });
  t.is(child.backup.objectCount, 0);
});

test("a target that is too small is refused before a byte of it is written", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const small = noise(VOLUME_SIZE - 1, 7);
  const source = await world.write("small.img", small);
  const refused = {
    instanceOf: InvalidStateError,
    message: `volume size ${VOLUME_SIZE - 1} is too small to restore backup of size ${VOLUME_SIZE} (bytes)`,
  };
  await t.throwsAsync(
    service.restoreBackup({ backup: backup.id, volume: "small.img", force: true }),
    refused,
  );
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
  const before = await service.createVolume({ name: "small", source });
  await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "small", force: true }), refused);
  t.like(await service.findVolume("small"), { ...before, updatedAt: world.clock.now() });
  t.is(firstDifference(await world.read("small.img"), small), -1);
  t.like((await service.findBackup(backup.id)).backup, {
    status: "available",
    failReason: null,
    restoreVolumeId: null,
    holder: null,
  });
});

test("to a path in a missing directory, or to nothing sensible: refused, and nothing is left", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const refuse = async (volume: string, instanceOf: typeof NotFoundError | typeof UsageError) =>
    await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume, force: true }), { instanceOf });
  await refuse("missing/copy.img", NotFoundError);
  await refuse(`${world.directory}/line\nbreak`, UsageError);
  await refuse("line\nbreak", UsageError);
  await refuse("", UsageError);
  await refuse("..", UsageError);
  await refuse(`${world.directory}/.`, UsageError);
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
  t.deepEqual(await world.volumeFiles(), []);
  t.like((await service.findBackup(backup.id)).backup, { status: "available", failReason: null });
});

test("a name of a directory that happens to be here is a name", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await fs.mkdir(join(world.directory, "data"));
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "data" });
  t.is(join(volume.source!, ".."), world.volumesPath);
});

test("only an available backup is restored, and no volume at work is written to", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  for (const status of ["backing-up", "restoring-backup", "in-use"] as const) {
    await world.catalog.volumes.update(backup.volumeId, { status });
    await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "disk", force: true }), {
      instanceOf: InvalidStateError,
      message: `Invalid volume ${backup.volumeId}: Volume to be restored to must be available, but the current status is "${status}"`,
    });
  }
  for (const status of ["creating", "error", "restoring", "deleting", "error_deleting"] as const) {
    await world.catalog.backups.update(backup.id, { status });
    await t.throwsAsync(service.restoreBackup({ backup: backup.id }), {
      instanceOf: InvalidStateError,
      message: `Invalid backup ${backup.id}: Backup status must be available and not ${status}`,
    });
  }
  await t.throwsAsync(service.restoreBackup({ backup: "nothing" }), { instanceOf: NotFoundError });
});

test("a restore mends what a failed restore left", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await world.catalog.volumes.update(backup.volumeId, { status: "error_restoring" });
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "disk", force: true });
  t.is(volume.status, "available");
  t.is(firstDifference(await world.read("disk.img"), bytes), -1);
});

test("a volume known from its backups alone gets a file by its own name, without force", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await service.deleteVolume("disk");
  await world.catalog.backups.remove(backup.id);
  await service.scanRepository();
  t.like(await service.findVolume("disk"), { id: backup.volumeId, source: null, size: VOLUME_SIZE });
  const { volume } = await service.restoreBackup({ backup: backup.id, volume: "disk" });
  t.like(volume, { id: backup.volumeId, status: "available", size: VOLUME_SIZE });
  t.is(firstDifference(await fs.readFile(volume.source!), bytes), -1);
  const child = await world.backup(service, { volume: "disk", incremental: true });
  t.is(child.backup.objectCount, 0);
});

test("what the backup knows of its volume is put back, and a user's own words are kept", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.findVolume("disk");
  await world.catalog.volumes.update(id, {
    ...{ description: "root disk", metadata: { tier: "gold" }, bootable: true, encryptionKeyId: "key-1" },
  });
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  t.is(backup.encryptionKeyId, "key-1");
  const auto = await service.restoreBackup({ backup: "one" });
  t.like(auto.volume, {
    ...{ name: `restore_backup_${backup.id}`, description: "root disk", bootable: true },
    ...{ encryptionKeyId: "key-1", metadata: { tier: "gold", src_backup_id: backup.id } },
  });
  await service.createVolume({
    ...{ name: "mine", description: "my own", metadata: { tier: "tin", old: "x" } },
    source: await world.write("mine.img", noise(VOLUME_SIZE, 5)),
  });
  const { volume } = await service.restoreBackup({ backup: "one", volume: "mine", force: true });
  t.like(volume, {
    name: "mine",
    description: "my own",
    metadata: { tier: "gold", src_backup_id: backup.id },
  });
  // With nobody else of that name, an unnamed volume gets the old one.
  await service.deleteVolume(auto.volume.id);
  await world.catalog.volumes.update(id, { name: "another" });
  t.is((await service.restoreBackup({ backup: "one" })).volume.name, "disk");
});
