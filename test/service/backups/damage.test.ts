/** What is stored and not as it was: said with its place, and nothing of it reaches a target or a new backup. */
import * as fs from "node:fs/promises";
import test from "ava";
import { IntegrityError, InvalidStateError, isAshlarError } from "../../../src/errors.js";
import type { BackupView } from "../../../src/service/requests.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { BLOCK_SIZE, damage, FILE_SIZE, rowsOf, start, VOLUME_SIZE, withBlock } from "../fixture.js";

interface Damage {
  readonly title: string;
  readonly suffix: string;
  readonly inflict: (path: string) => Promise<void>;
  /** Of the volume, where it can be told. */
  readonly offset?: number;
  readonly blockIndex?: number;
}

const remove = (path: string): Promise<void> => fs.rm(path);
const truncate = (path: string): Promise<void> => fs.truncate(path, 100);

/** In the second object: its data is what the codec left as it was, because noise does not compress. */
const DATA: readonly Damage[] = [
  { title: "an object is missing", suffix: "-00002", inflict: remove },
  { title: "an object was cut", suffix: "-00002", inflict: truncate, offset: FILE_SIZE },
  {
    title: "an object has a flipped bit",
    suffix: "-00002",
    inflict: (path) => damage(path, 3 * BLOCK_SIZE + 9),
    offset: FILE_SIZE + 3 * BLOCK_SIZE,
    blockIndex: 11,
  },
];
const DESCRIPTION: readonly Damage[] = [
  { title: "the manifest is missing", suffix: "_metadata", inflict: remove },
  { title: "the manifest was cut", suffix: "_metadata", inflict: truncate },
  { title: "the manifest has a flipped bit", suffix: "_metadata", inflict: (path) => damage(path, 40) },
  { title: "the digest table is missing", suffix: "_sha256file", inflict: remove },
  { title: "the digest table was cut", suffix: "_sha256file", inflict: truncate },
];
/** Only where all of it is read. */
const TABLE_BYTE: Damage = {
  title: "the digest table has a flipped bit",
  suffix: "_sha256file",
  inflict: (path) => damage(path, 900),
};

for (const { title, suffix, inflict, offset, blockIndex } of [...DATA, ...DESCRIPTION, TABLE_BYTE]) {
  test(`${title}: verify and restore name the place, and nothing unverified is written`, async (t) => {
    const { world, service, bytes } = await start(t);
    const view = await world.backup(service, { volume: "disk" });
    const { id, serviceMetadata } = view.backup;
    await inflict(world.objectPath(view, suffix));
    const isNamed = (error: Error | undefined): void => {
      t.true(error instanceof IntegrityError, String(error));
      const { location } = error as IntegrityError;
      t.is(location.backupId, id);
      t.is(location.objectName, serviceMetadata! + suffix);
      if (offset !== undefined) t.true(location.offset! >= offset && location.offset! < 2 * FILE_SIZE);
      if (blockIndex !== undefined) t.like(location, { offset, blockIndex });
      t.true(error!.message.includes(id));
    };
    isNamed(await t.throwsAsync(service.verifyBackup({ backup: id })));
    isNamed(await t.throwsAsync(service.restoreBackup({ backup: id, volume: "new" })));
    isNamed(await t.throwsAsync(service.restoreBackup({ backup: id, volume: "./new.img" })));
    t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["null available"] });
    t.deepEqual(await world.volumeFiles(), []);
    await t.throwsAsync(world.read("new.img"), { code: "ENOENT" });

    const old = noise(VOLUME_SIZE, 7);
    await world.write("old.img", old);
    isNamed(await t.throwsAsync(service.restoreBackup({ backup: id, volume: "old.img", force: true })));
    const left = await world.read("old.img");
    for (let at = 0; at < VOLUME_SIZE; at += BLOCK_SIZE) {
      const block = left.subarray(at, at + BLOCK_SIZE);
      const isOld = firstDifference(block, old.subarray(at, at + BLOCK_SIZE)) === -1;
      const isRestored = firstDifference(block, bytes.subarray(at, at + BLOCK_SIZE)) === -1;
      t.true(isOld || isRestored, `block at ${at} is neither`);
    }
    const { backup } = await service.findBackup(id);
    t.is(backup.status, "available");
    const volume = (await service.listVolumes()).find(({ name }) => name === "old.img");
    // Without a row nothing was begun, and so nothing written.
    if (volume === undefined) t.is(firstDifference(left, old), -1);
    else {
      t.is(volume.status, "error_restoring");
      t.true(backup.failReason!.startsWith("Cannot "));
    }
  });
}

/** What is restored of a chain never depends on an older digest table: that it is there is enough. */
const OLD_TABLE_CUT = "the digest table was cut";

for (const { title, suffix, inflict } of [DATA[0]!, ...DESCRIPTION]) {
  for (const generation of ["parent", "parent's parent"] as const) {
    if (generation === "parent's parent" && title === OLD_TABLE_CUT) continue;
    test(`of the ${generation} ${title}: an incremental is refused, and leaves nothing`, async (t) => {
      const { world, service, bytes, path } = await start(t);
      const full = await world.backup(service, { volume: "disk", name: "full" });
      let broken: BackupView = full;
      if (generation === "parent's parent") {
        await fs.writeFile(path, withBlock(bytes, 3, 1));
        broken = full;
        await world.backup(service, { volume: "disk", name: "second", incremental: true });
      }
      await inflict(world.objectPath(broken, suffix));
      const [rows, stored] = [await rowsOf(world), await world.stored()];
      const error = await t.throwsAsync(world.backup(service, { volume: "disk", incremental: true }), {
        instanceOf: IntegrityError,
      });
      t.true(error!.message.includes(broken.backup.id));
      t.deepEqual(await rowsOf(world), rows);
      t.deepEqual(await world.stored(), stored);
      const again = await world.backup(service, { volume: "disk" });
      t.is((await service.verifyBackup({ backup: again.backup.id })).chainLength, 1);
    });
  }
}

test(`of the parent's parent ${OLD_TABLE_CUT}: an incremental is made, and restores what it should`, async (t) => {
  const { world, service, bytes, path } = await start(t);
  const full = await world.backup(service, { volume: "disk", name: "full" });
  await fs.writeFile(path, withBlock(bytes, 3, 1));
  await world.backup(service, { volume: "disk", incremental: true });
  await truncate(world.objectPath(full, "_sha256file"));
  const changed = withBlock(withBlock(bytes, 3, 1), 5, 2);
  await fs.writeFile(path, changed);
  const { backup } = await world.backup(service, { volume: "disk", incremental: true });
  await service.verifyBackup({ backup: backup.id });
  await service.restoreBackup({ backup: backup.id, volume: "./new.img" });
  t.is(firstDifference(await world.read("new.img"), changed), -1);
});

test("a parent's digest table that turns out wrong on the way fails the incremental, without remains", async (t) => {
  const { world, service } = await start(t);
  const full = await world.backup(service, { volume: "disk", name: "full" });
  const before = await world.stored();
  await TABLE_BYTE.inflict(world.objectPath(full, TABLE_BYTE.suffix));
  const child = world.backup(service, { volume: "disk", name: "child", incremental: true });
  const error = await t.throwsAsync(child, { instanceOf: IntegrityError });
  t.deepEqual(await world.stored(), before);
  t.like((await service.findBackup("child")).backup, {
    status: "error",
    failReason: error!.message.slice(0, 255),
    holder: null,
  });
  t.like(await service.findVolume("disk"), { status: "available", previousStatus: "error_backing-up" });
  t.is((await world.backup(service, { volume: "disk" })).backup.status, "available");
  await service.deleteBackup("child");
});

test("an object that no manifest lists spoils no restore, but verify tells", async (t) => {
  const { world, service, bytes } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  const { id } = view.backup;
  await fs.writeFile(world.objectPath(view, "-00009"), "x");
  const error = await t.throwsAsync(service.verifyBackup({ backup: id }), { instanceOf: IntegrityError });
  t.like((error as IntegrityError).location, {
    backupId: id,
    objectName: `${view.backup.serviceMetadata}-00009`,
  });
  await service.restoreBackup({ backup: id, volume: "./copy.img" });
  t.is(firstDifference(await world.read("copy.img"), bytes), -1);
});

test("a parent that the catalog lacks is asked for", async (t) => {
  const { world, service } = await start(t);
  const full = await world.backup(service, { volume: "disk" });
  const child = await world.backup(service, { volume: "disk", incremental: true });
  await world.catalog.backups.remove(full.backup.id);
  const request = { backup: child.backup.id };
  const error = await t.throwsAsync(service.restoreBackup(request));
  t.true(isAshlarError(error, "not-found"));
  t.is(
    error!.message,
    `Cannot read backup ${child.backup.id}: its parent ${full.backup.id} is not in the catalog; scan its repository, or import its record`,
  );
  await service.scanRepository();
  t.is((await service.verifyBackup(request)).chainLength, 2);
  await world.catalog.backups.update(full.backup.id, { parentId: child.backup.id });
  await t.throwsAsync(service.verifyBackup(request), {
    instanceOf: InvalidStateError,
    message: /: its chain is a circle$/,
  });
});
