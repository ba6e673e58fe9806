import * as fs from "node:fs/promises";
import test from "ava";
import { InvalidStateError } from "../../../src/errors.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { BLOCK_SIZE, rowsOf, start, VOLUME_SIZE, World, withBlock } from "../fixture.js";

test("a full backup is recorded with what the listing shows", async (t) => {
  const { world, service } = await start(t);
  const { backup, hasDependents } = await world.backup(service, {
    volume: "disk",
    name: "first",
    description: "before the upgrade",
    metadata: { tier: "gold" },
  });
  t.like(backup, {
    name: "first",
    description: "before the upgrade",
    metadata: { tier: "gold" },
    status: "available",
    parentId: null,
    objectCount: 3,
    size: 1,
    volumeSize: VOLUME_SIZE,
    failReason: null,
    holder: null,
    availabilityZone: "nova",
    repository: world.settings.repository,
    service: "cinder.backup.drivers.posix.PosixBackupDriver",
  });
  t.false(hasDependents);
  const { id } = backup;
  t.is(backup.container, `${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`);
  t.is(backup.serviceMetadata, `volume_${backup.volumeId}_20261122185626_backup_${id}`);
  const files = (await world.stored()).filter((name) => !name.endsWith("/"));
  t.is(files.length, 5);
  let storedSize = 0;
  for (const name of files) storedSize += (await fs.stat(`${world.repositoryPath}/${name}`)).size;
  t.is(backup.storedSize, storedSize);
  const volume = await service.findVolume("disk");
  t.like(volume, { status: "available", previousStatus: "backing-up", holder: null });
});

test("an incremental into its parent's container makes none", async (t) => {
  const { world } = await start(t);
  const made: string[] = [];
  const sink = new (class extends MemorySink {
    override createContainer(container: string): Promise<void> {
      made.push(container);
      return super.createContainer(container);
    }
  })();
  const service = await world.open({ sink, settings: { container: "one" } });
  await world.backup(service, { volume: "disk" });
  await world.backup(service, { volume: "disk", incremental: true });
  t.deepEqual(made, ["one"]);
  const other = await world.backup(service, { volume: "disk", incremental: true, container: "two" });
  t.deepEqual(made, ["one", "two"]);
  t.is((await service.verifyBackup({ backup: other.backup.id })).backup.id, other.backup.id);
});

test("an incremental stores what changed since the latest backup, and its restore is the volume", async (t) => {
  const { world, service, bytes, path } = await start(t);
  const full = await world.backup(service, { volume: "disk" });
  await fs.writeFile(path, withBlock(bytes, 3, 1));
  const second = await world.backup(service, { volume: "disk", incremental: true });
  t.is(second.backup.parentId, full.backup.id);
  t.is(second.backup.objectCount, 1);
  const last = withBlock(withBlock(bytes, 3, 1), 17, 2);
  await fs.writeFile(path, last);
  const third = await world.backup(service, { volume: "disk", incremental: true });
  t.is(third.backup.parentId, second.backup.id);
  t.is(third.backup.objectCount, 1);
  t.true((await service.findBackup(full.backup.id)).hasDependents);
  await service.restoreBackup({ backup: third.backup.id, volume: "./copy.img" });
  t.is(firstDifference(await world.read("copy.img"), last), -1);
  await service.restoreBackup({ backup: full.backup.id, volume: "./old.img" });
  t.is(firstDifference(await world.read("old.img"), bytes), -1);
});

test("the parent is the available backup whose data is the latest, not the one added last", async (t) => {
  const { world, service } = await start(t);
  const older = await world.backup(service, { volume: "disk" });
  const newer = await world.backup(service, { volume: "disk" });
  await world.catalog.backups.update(older.backup.id, { updatedAt: world.clock.now() });
  const child = await world.backup(service, { volume: "disk", incremental: true });
  t.is(child.backup.parentId, newer.backup.id);
  await world.catalog.backups.update(child.backup.id, { dataTimestamp: new Date(0) });
  const second = await world.backup(service, { volume: "disk", incremental: true });
  t.is(second.backup.parentId, newer.backup.id);
});

for (const status of ["error", "error_deleting", "restoring", "creating", "deleting"] as const) {
  test(`a backup in status ${status} is nobody's parent`, async (t) => {
    const { world, service } = await start(t);
    const good = await world.backup(service, { volume: "disk" });
    const other = await world.backup(service, { volume: "disk" });
    await world.catalog.backups.update(other.backup.id, { status });
    const child = await world.backup(service, { volume: "disk", incremental: true });
    t.is(child.backup.parentId, good.backup.id);
    await world.catalog.backups.update(good.backup.id, { status });
    await world.catalog.backups.update(child.backup.id, { status });
    await t.throwsAsync(world.backup(service, { volume: "disk", incremental: true }), {
      instanceOf: InvalidStateError,
      message: /^No backups available to do an incremental backup\./,
    });
  });
}

test("backups of another repository are nobody's parents", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk" });
  const settings = { repository: `${world.settings.repository}-2` };
  const elsewhere = await world.open({ settings });
  await t.throwsAsync(world.backup(elsewhere, { volume: "disk", incremental: true }), {
    instanceOf: InvalidStateError,
  });
  const full = await world.backup(elsewhere, { volume: "disk" });
  const child = await world.backup(elsewhere, { volume: "disk", incremental: true });
  t.is(child.backup.parentId, full.backup.id);
});

test("backups of another volume are nobody's parents", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk" });
  await world.write("other.img", noise(BLOCK_SIZE, 9));
  await t.throwsAsync(world.backup(service, { volume: "other.img", incremental: true }), {
    instanceOf: InvalidStateError,
    message: /^No backups available/,
  });
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("a volume is found by name, by id and by path, and a path registers itself once", async (t) => {
  const { world, service, path } = await start(t);
  const { id } = await service.findVolume("disk");
  for (const volume of ["disk", id, path, "./disk.img"]) {
    t.is((await world.backup(service, { volume })).backup.volumeId, id);
  }
  const source = await world.write("fresh.img", noise(5000, 3));
  const first = await world.backup(service, { volume: source });
  const second = await world.backup(service, { volume: "fresh.img", incremental: true });
  t.is(second.backup.volumeId, first.backup.volumeId);
  t.is(second.backup.objectCount, 0);
  t.like(await service.findVolume("fresh.img"), { id: first.backup.volumeId, source, size: 5000 });
});

test("of two files of one name the second is registered under its path", async (t) => {
  const { world, service } = await start(t);
  const first = await world.write("a/data.img", noise(5000, 3));
  const second = await world.write("b/data.img", noise(5000, 4));
  await world.backup(service, { volume: first });
  const { backup } = await world.backup(service, { volume: second });
  t.is((await service.findVolume(second)).name, second);
  t.is((await service.findVolume("data.img")).source, first);
  t.is((await world.backup(service, { volume: "b/data.img" })).backup.volumeId, backup.volumeId);
  t.is((await service.listVolumes()).length, 3);
});

test("a container is the request's, else the configuration's", async (t) => {
  const { world, service } = await start(t);
  const chosen = await world.backup(service, { volume: "disk", container: "daily/monday" });
  t.is(chosen.backup.container, "daily/monday");
  const configured = await world.open({ settings: { container: "all" } });
  t.is((await world.backup(configured, { volume: "disk" })).backup.container, "all");
  const child = await world.backup(configured, { volume: "disk", container: "own", incremental: true });
  t.is((await service.verifyBackup({ backup: child.backup.id })).chainLength, 2);
});

test("in an object store names are hierarchical, and the container is one for all", async (t) => {
  const world = await World.create(t);
  const sink = new MemorySink();
  const service = await world.open({ sink });
  await world.write("disk.img", noise(VOLUME_SIZE, 1));
  const { backup } = await world.backup(service, { volume: "disk.img" });
  t.is(backup.container, "volumebackups");
  t.is(backup.serviceMetadata, `volume_${backup.volumeId}/20261122185626/az_nova_backup_${backup.id}`);
  const child = await world.backup(service, { volume: "disk.img", incremental: true });
  t.is((await service.verifyBackup({ backup: child.backup.id })).verifiedSize, VOLUME_SIZE);
});

test("a volume that shrank is backed up incrementally, and restored in its new size", async (t) => {
  const { world, service, bytes, path } = await start(t);
  await world.backup(service, { volume: "disk" });
  const shrunk = bytes.slice(0, 10 * BLOCK_SIZE + 7);
  await fs.writeFile(path, shrunk);
  const { backup } = await world.backup(service, { volume: "disk", incremental: true });
  t.is((await service.findVolume("disk")).size, shrunk.length);
  await service.restoreBackup({ backup: backup.id, volume: "./copy.img" });
  t.is(firstDifference(await world.read("copy.img"), shrunk), -1);
});
