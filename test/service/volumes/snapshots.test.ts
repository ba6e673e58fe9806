/** Backups of frozen views; test/sources has the freezing itself. */
import * as fs from "node:fs/promises";
import test from "ava";
import { InvalidStateError } from "../../../src/errors.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { BLOCK_SIZE, rowsOf, start, VOLUME_SIZE, type World, withBlock } from "../fixture.js";

const viewsIn = async ({ directory }: World): Promise<string[]> =>
  (await fs.readdir(directory)).filter((name) => name.startsWith("disk.img."));

test("a backup of a snapshot has the snapshot's data and moment, and leaves the volume alone", async (t) => {
  const { world, service, bytes } = await start(t);
  const snapshot = await service.createSnapshot({ volume: "disk", name: "frozen", metadata: { a: "b" } });
  t.like(snapshot, {
    status: "available",
    kind: "reflink",
    holder: null,
    size: VOLUME_SIZE,
    temporary: false,
  });
  await world.write("disk.img", noise(VOLUME_SIZE, 9));
  const volume = await service.findVolume("disk");
  await world.catalog.volumes.update(volume.id, { status: "in-use" });
  const { backup } = await world.backup(service, { volume: "disk", snapshot: "frozen", name: "one" });
  t.like(backup, { snapshotId: snapshot.id, status: "available" });
  t.deepEqual(backup.dataTimestamp, snapshot.createdAt);
  t.like(await service.findVolume("disk"), { status: "in-use", holder: null });
  t.like(await service.findSnapshot("frozen"), { status: "available", holder: null });
  await service.restoreBackup({ backup: "one", volume: `${world.directory}/copy.img` });
  t.deepEqual(new Uint8Array(await world.read("copy.img")), bytes);
});

test("the parent of a snapshot's backup has older data than the snapshot", async (t) => {
  const { world, service, bytes } = await start(t);
  const first = await world.backup(service, { volume: "disk" });
  world.clock.advance(1000);
  await world.write("disk.img", withBlock(bytes, 3, 1));
  await service.createSnapshot({ volume: "disk", name: "frozen" });
  await world.write("disk.img", withBlock(bytes, 5, 2));
  await world.backup(service, { volume: "disk", incremental: true });
  const third = await world.backup(service, { volume: "disk", snapshot: "frozen", incremental: true });
  t.is(third.backup.parentId, first.backup.id);
  t.is(third.backup.objectCount, 1);
  await service.restoreBackup({ backup: third.backup.id, volume: `${world.directory}/copy.img` });
  t.deepEqual(new Uint8Array(await world.read("copy.img")), withBlock(bytes, 3, 1));
  t.is(first.backup.volumeSize! % BLOCK_SIZE, 100);
});

test("a snapshot of no older backup has no parent", async (t) => {
  const { world, service } = await start(t);
  await service.createSnapshot({ volume: "disk", name: "frozen" });
  await world.backup(service, { volume: "disk" });
  await t.throwsAsync(service.createBackup({ volume: "disk", snapshot: "frozen", incremental: true }), {
    message: /^No backups available to do an incremental backup/,
  });
});

test("a snapshot of another volume, or in another status, is refused in the reference system's words", async (t) => {
  const { world, service } = await start(t);
  const other = await service.createVolume({
    name: "other",
    source: await world.write("other.img", noise(5000, 1)),
  });
  const { id } = await service.createSnapshot({ volume: "disk", name: "frozen" });
  const disk = await service.findVolume("disk");
  await t.throwsAsync(service.createBackup({ volume: "other", snapshot: "frozen" }), {
    message: `Invalid volume ${other.id}: Volume ${other.id} does not match with snapshot.volume_id ${disk.id}.`,
  });
  await world.catalog.snapshots.update(id, { status: "error" });
  await t.throwsAsync(service.createBackup({ volume: "disk", snapshot: "frozen" }), {
    message: /Snapshot to be backed up must be available, but the current status is "error"\.$/,
  });
});

test("a view that was frozen by other means is registered, read, and left alone", async (t) => {
  const { world, service, path } = await start(t);
  const source = await world.write("view.img", noise(VOLUME_SIZE, 7));
  t.like(await service.createSnapshot({ volume: "disk", name: "v", source: "view.img" }), {
    kind: "registered",
    source,
  });
  await world.backup(service, { volume: "disk", snapshot: "v", name: "one" });
  await service.restoreBackup({ backup: "one", volume: `${world.directory}/copy.img` });
  t.deepEqual(await world.read("copy.img"), await world.read("view.img"));
  await service.deleteSnapshot("v");
  t.is((await fs.stat(source)).size, VOLUME_SIZE);
  await t.throwsAsync(service.createSnapshot({ volume: "disk", source: path }), {
    message: /volume itself$/,
  });
});

test("a snapshot is renamed, listed by its volume, and deleted with its view", async (t) => {
  const { world, service } = await start(t);
  await service.createSnapshot({ volume: "disk", name: "a" });
  t.is((await viewsIn(world)).length, 1);
  t.like(await service.updateSnapshot({ snapshot: "a", name: "b", metadata: { k: "v" } }), {
    name: "b",
    metadata: { k: "v" },
  });
  t.is((await service.listSnapshots("disk")).length, 1);
  await service.deleteSnapshot("b");
  t.deepEqual([await service.listSnapshots(), await viewsIn(world)], [[], []]);
});

test("where no view can be frozen nothing is left", async (t) => {
  const { world, service } = await start(t);
  world.cannotFreeze = true;
  await t.throwsAsync(service.createSnapshot({ volume: "disk" }), { instanceOf: InvalidStateError });
  t.deepEqual([await service.listSnapshots(), await service.listOperations()], [[], []]);
});

test("a volume in use is read from a temporary snapshot, which goes also after a failure", async (t) => {
  const { world, bytes } = await start(t);
  const service = await world.open({ settings: { useTempSnapshot: true } });
  await service.resetVolume("disk", "in-use");
  const { backup } = await world.backup(service, { volume: "disk", name: "one", force: true });
  t.is(backup.snapshotId, null);
  t.deepEqual([await service.listSnapshots(), await viewsIn(world)], [[], []]);
  await service.restoreBackup({ backup: "one", volume: `${world.directory}/copy.img` });
  t.deepEqual(new Uint8Array(await world.read("copy.img")), bytes);
  await t.throwsAsync(service.createBackup({ volume: "disk", force: true, container: "../x" }));
  t.deepEqual([await service.listSnapshots(), await viewsIn(world)], [[], []]);
  t.deepEqual(await rowsOf(world), {
    volumes: ["copy.img available", "disk in-use"],
    backups: ["one available"],
  });
});

test("a dead process's snapshots: half made and temporary ones go, one that was read is available", async (t) => {
  const { world, service } = await start(t);
  for (const name of ["half", "temporary", "waiting", "read"])
    await service.createSnapshot({ volume: "disk", name });
  const die = async (name: string, changes: object): Promise<void> => {
    const { id } = await service.findSnapshot(name);
    await world.catalog.snapshots.update(id, { holder: "dead", ...changes });
  };
  await die("half", { status: "creating" });
  await die("temporary", { status: "backing-up", temporary: true });
  await die("waiting", { status: "available", temporary: true });
  await die("read", { status: "backing-up" });
  const again = await world.open();
  const left = await again.listSnapshots();
  t.deepEqual(
    left.map(({ name, status, holder }) => [name, status, holder]),
    [["read", "available", null]],
  );
  t.is((await viewsIn(world)).length, 1);
});
