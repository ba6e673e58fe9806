/** What no backup owns in a repository: found, shown, and removed; and what must stay. */
import * as fs from "node:fs/promises";
import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { GatedFileSystem } from "../../faults/gated-file-system.js";
import { type Start, start, type World } from "../fixture.js";

const DAY_S = 86_400;
const STRAY =
  "volume_5f0c0001-0000-4000-8000-000000000001_20260101000000_backup_5f0c0002-0000-4000-8000-000000000002";
const HOME = "5f/0c/5f0c0002-0000-4000-8000-000000000002";

interface Stray {
  readonly name?: string;
  readonly container?: string;
  /** Seconds by the world's clock. */
  readonly age?: number;
}

async function put(
  world: World,
  { name = `${STRAY}-00001`, container = HOME, age = 2 * DAY_S }: Stray = {},
): Promise<string> {
  const path = await world.write(`repository/${container}/${name}`, new Uint8Array(10));
  const moment = new Date(world.clock.now().getTime() - age * 1000);
  await fs.utimes(path, moment, moment);
  return path;
}

/** Everything there is as if it were of two days ago. */
async function age(world: World): Promise<void> {
  const moment = new Date(world.clock.now().getTime() - 2 * DAY_S * 1000);
  for (const name of await world.stored())
    if (!name.endsWith("/")) await fs.utimes(`${world.repositoryPath}/${name}`, moment, moment);
}

test("what a process left that died is shown, and removed only if that is asked for", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk" });
  await age(world);
  const kept = await world.stored();
  await put(world);
  await put(world, { name: `${STRAY}_sha256file` });
  await put(world, { name: `.${STRAY}-00002.0123abcd.partial` });
  const all = await world.stored();
  const [shown, ...others] = await service.cleanRepository();
  t.deepEqual(others, []);
  t.like(shown, {
    finding: "left over",
    container: HOME,
    prefix: STRAY,
    backupId: "5f0c0002-0000-4000-8000-000000000002",
    objectCount: 2,
    unfinishedCount: 1,
    storedSize: 20,
    modifiedAt: new Date(world.clock.now().getTime() - 2 * DAY_S * 1000),
  });
  t.deepEqual(await world.stored(), all);
  t.like((await service.cleanRepository({ remove: true }))[0], { ...shown, finding: "removed" });
  t.deepEqual(await world.stored(), kept);
  t.deepEqual(await service.cleanRepository({ remove: true }), []);
});

test("a container with nothing but a half written first object is found", async (t) => {
  const { world, service } = await start(t);
  await put(world, { name: `.${STRAY}_sha256file.0123abcd.partial` });
  t.like((await service.cleanRepository({ remove: true }))[0], { finding: "removed", unfinishedCount: 1 });
  t.deepEqual(await world.stored(), []);
});

test("a manifest without anything beside it is left over, one with its digest table is a backup", async (t) => {
  const { world, service } = await start(t);
  await put(world, { name: `${STRAY}_metadata`, age: DAY_S / 2 });
  t.like((await service.cleanRepository({ remove: true }))[0], { finding: "young", objectCount: 1 });
  await put(world, { name: `${STRAY}_metadata` });
  await put(world, { name: `${STRAY}_sha256file` });
  t.deepEqual(await service.cleanRepository({ remove: true }), []);
  await fs.rm(`${world.repositoryPath}/${HOME}/${STRAY}_sha256file`);
  t.like((await service.cleanRepository({ remove: true }))[0], { finding: "removed", objectCount: 1 });
  t.deepEqual(await world.stored(), []);
});

test("what changed after the guard stays, all of it if one object did", async (t) => {
  const { world, service } = await start(t);
  await put(world);
  await put(world, { name: `.${STRAY}-00002.0123abcd.partial`, age: DAY_S - 5 });
  const all = await world.stored();
  t.like((await service.cleanRepository({ remove: true }))[0], { finding: "young", objectCount: 1 });
  t.deepEqual(await world.stored(), all);
  t.like((await service.cleanRepository({ olderThanSeconds: DAY_S - 10 }))[0], { finding: "left over" });
  t.like((await service.cleanRepository({ olderThanSeconds: 0 }))[0], { finding: "left over" });
  await t.throwsAsync(service.cleanRepository({ olderThanSeconds: -1 }), { instanceOf: UsageError });
});

test("where the store does not tell its times nothing is removed", async (t) => {
  const { world } = await start(t);
  await put(world);
  const timeless = {
    ...nodeFileSystem,
    async status(path: string) {
      const status = await nodeFileSystem.status(path);
      return status && { kind: status.kind, size: status.size };
    },
  };
  const service = await world.open({ fileSystem: timeless });
  t.like((await service.cleanRepository({ remove: true, olderThanSeconds: 0 }))[0], {
    finding: "of unknown age",
  });
  t.is((await world.stored()).filter((name) => name.includes(STRAY)).length, 1);
});

async function keeps(t: Parameters<typeof start>[0], { world, service }: Start): Promise<void> {
  await age(world);
  const all = await world.stored();
  t.deepEqual(await service.cleanRepository({ remove: true, olderThanSeconds: 0 }), []);
  t.deepEqual(await world.stored(), all);
}

test("a backup of the catalog keeps its objects in any status, unlisted and spare ones too", async (t) => {
  const started = await start(t);
  const { world, service } = started;
  const view = await world.backup(service, { volume: "disk" });
  const { id, container, serviceMetadata } = view.backup;
  await put(world, { container: container!, name: `${serviceMetadata}-00009` });
  await put(world, { container: container!, name: `.${serviceMetadata}-00010.0123abcd.partial` });
  await keeps(t, started);
  await fs.rm(world.objectPath(view, "_metadata"));
  for (const status of ["creating", "error", "deleting", "error_deleting"] as const) {
    await world.catalog.backups.update(id, { status });
    await keeps(t, started);
  }
  const spare = `volume_${view.backup.volumeId}_20200101000000_backup_${id}`;
  await put(world, { container: container!, name: `${spare}-00001` });
  await world.catalog.backups.update(id, { sparePrefix: spare });
  await keeps(t, started);
  await world.catalog.backups.update(id, { sparePrefix: null });
  t.like((await service.cleanRepository())[0], { finding: "left over", prefix: spare });
});

test("a manifest that the catalog does not know keeps its objects, and foreign objects stay", async (t) => {
  const started = await start(t);
  const { world, service } = started;
  const { backup } = await world.backup(service, { volume: "disk" });
  await world.catalog.backups.remove(backup.id);
  for (const name of [
    "notes.txt",
    "volume_1",
    "volume_x_20260101000000_backup_not-an-id-00001",
    `${STRAY}.old`,
    `${STRAY}-0001`,
    `copy-of-${STRAY}-00001`,
    ".hidden",
  ])
    await put(world, { name });
  await keeps(t, started);
});

test("a backup that is made at the same time, and one that another catalog makes, lose nothing", async (t) => {
  const { world, service, bytes } = await start(t);
  const cleanings: Promise<unknown>[] = [];
  const fileSystem = new GatedFileSystem(nodeFileSystem, async (operation) => {
    // Before and after every object, with a guard that keeps nothing.
    if (operation !== "rename" && operation !== "sync") return;
    const cleaned = service.cleanRepository({ remove: true, olderThanSeconds: 0 });
    cleanings.push(cleaned);
    t.deepEqual(await cleaned, []);
  });
  const making = await world.open({ fileSystem });
  await world.backup(making, { volume: "disk", name: "one" });
  t.true(cleanings.length > 5);
  await service.verifyBackup({ backup: "one" });

  const other = await start(t);
  const { settings } = world;
  const guarded = new GatedFileSystem(nodeFileSystem, async (operation) => {
    if (operation !== "rename") return;
    // The usual guard; the files' times are those of the machine.
    world.clock.advance(Date.now() - world.clock.now().getTime());
    const found = await service.cleanRepository({ remove: true });
    t.true(found.every(({ finding }) => finding === "young"));
  });
  const elsewhere = await other.world.open({
    settings: { repository: settings.repository },
    fileSystem: guarded,
  });
  const { backup } = await elsewhere.createBackup({ volume: "disk" });
  await elsewhere.verifyBackup({ backup: backup.id });
  t.is(backup.volumeSize, bytes.length);
});
