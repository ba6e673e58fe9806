/** A repository that fills up, or fails in another way, while a backup is made. */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { StorageError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { noise } from "../pipeline/volume-bytes.js";
import { start, VOLUME_SIZE, type World, withBlock } from "../service/fixture.js";
import { FaultyFileSystem } from "./faulty-file-system.js";

const run = promisify(execFile);

async function checkFailed(t: ExecutionContext, world: World, message: string): Promise<void> {
  const service = await world.open();
  const { backup } = await service.findBackup("failed");
  t.like(backup, { status: "error", failReason: message.slice(0, 255), holder: null });
  t.like(await service.findVolume("disk"), {
    status: "available",
    previousStatus: "error_backing-up",
    holder: null,
  });
  await service.deleteBackup("failed");
}

for (const share of [0, 0.01, 0.3, 0.9, 1, 1.01]) {
  for (const incremental of [false, true]) {
    const kind = incremental ? "an incremental" : "a full backup";
    test(`with room for ${share} of the data, ${kind} fails and leaves no byte`, async (t) => {
      const { world, service, bytes, path } = await start(t);
      await world.backup(service, { volume: "disk", name: "base" });
      if (incremental) await fs.writeFile(path, noise(VOLUME_SIZE, 8));
      const before = await world.stored();
      const fileSystem = new FaultyFileSystem(
        nodeFileSystem,
        () => undefined,
        Math.floor(share * VOLUME_SIZE),
      );
      const full = await world.open({ fileSystem });
      const error = await t.throwsAsync(world.backup(full, { volume: "disk", name: "failed", incremental }), {
        instanceOf: StorageError,
        message: /no space is left on the device$/,
      });
      t.deepEqual(await world.stored(), before);
      await checkFailed(t, world, error!.message);
      const next = await world.backup(service, { volume: "disk", incremental: true });
      t.is(next.backup.objectCount === 0, !incremental);
      await service.verifyBackup({ backup: next.backup.id });
      await service.verifyBackup({ backup: "base" });
      t.is(bytes.length, VOLUME_SIZE);
    });
  }
}

test("whichever call on the repository fails, a backup succeeds or leaves nothing", async (t) => {
  t.timeout(120_000);
  const { world, service } = await start(t);
  const counting = new FaultyFileSystem(nodeFileSystem);
  await world.backup(await world.open({ fileSystem: counting }), { volume: "disk", name: "rehearsal" });
  await service.deleteBackup("rehearsal");
  const source = join(world.directory, "disk.img");
  for (let index = 0; index < counting.calls.length; index++) {
    const isRepository = (path: string): boolean => !path.startsWith(source);
    const fileSystem = new FaultyFileSystem(nodeFileSystem, (call) =>
      call.index === index && isRepository(call.path) ? "refused" : undefined,
    );
    const faulty = await world.open({ fileSystem });
    const outcome = await world.backup(faulty, { volume: "disk", name: "tried" }).then(
      () => "done",
      (error: Error) => error.message,
    );
    t.like(await service.findVolume("disk"), { status: "available", holder: null });
    const [view] = await service.listBackups();
    if (outcome === "done") {
      await service.verifyBackup({ backup: "tried" });
    } else {
      t.regex(outcome, /injected fault/);
      if (view !== undefined) t.like(view.backup, { status: "error", failReason: outcome.slice(0, 255) });
      t.deepEqual(await world.stored(), [], `call ${index}`);
    }
    if (view !== undefined) await service.deleteBackup("tried");
  }
  t.deepEqual(await world.stored(), []);
});

test("the same on a file system that is really full", async (t) => {
  const { world, service, bytes, path } = await start(t);
  const mount = join(world.directory, "mount");
  await fs.mkdir(mount);
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", mount]);
  } catch (error) {
    t.log(`no file system of its own on this host, so a full one is not tested: ${(error as Error).message}`);
    t.pass();
    return;
  }
  t.teardown(() => run("umount", [mount]).then(() => {}));
  const repository = join(mount, "repository");
  const settings = { repository: pathToFileURL(repository).href, compression: "none" } as const;
  const small = await world.open({ settings });
  await world.backup(small, { volume: "disk", name: "base" });
  const before = await fs.readdir(repository, { recursive: true });
  await world.write("filler", noise(1, 1));
  await fs.writeFile(join(mount, "filler"), noise(120_000, 1));
  const error = await t.throwsAsync(world.backup(small, { volume: "disk", name: "failed" }), {
    instanceOf: StorageError,
    message: /no space/,
  });
  t.deepEqual(await fs.readdir(repository, { recursive: true }), before);
  await checkFailed(t, world, error!.message);
  await fs.writeFile(path, withBlock(bytes, 3, 1));
  const next = await world.backup(small, { volume: "disk", incremental: true });
  t.is(next.backup.objectCount, 1);
  t.is((await service.verifyBackup({ backup: next.backup.id })).chainLength, 2);
});

test("a target that fills up fails the restore: a new file goes, an existing volume is in error_restoring", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await world.write("old.img", noise(VOLUME_SIZE, 3));
  const room = (): FaultyFileSystem => new FaultyFileSystem(nodeFileSystem, () => undefined, VOLUME_SIZE / 2);
  const refused = { instanceOf: StorageError, message: /no space is left on the device$/ };
  for (const volume of ["new", "./new.img"]) {
    const full = await world.open({ fileSystem: room() });
    await t.throwsAsync(full.restoreBackup({ backup: backup.id, volume }), refused);
  }
  t.deepEqual(await world.volumeFiles(), []);
  await t.throwsAsync(fs.stat(join(world.directory, "new.img")), { code: "ENOENT" });
  t.is((await service.listVolumes()).length, 1);
  const full = await world.open({ fileSystem: room() });
  await t.throwsAsync(full.restoreBackup({ backup: backup.id, volume: "old.img", force: true }), {
    instanceOf: StorageError,
    message: /no space is left on the device; ".*old\.img" is half written now: restore into it again/,
  });
  t.like(await service.findVolume("old.img"), { status: "error_restoring", holder: null });
  t.like((await service.findBackup(backup.id)).backup, { status: "available", holder: null });
  await service.restoreBackup({ backup: backup.id, volume: "old.img", force: true });
  t.is((await service.findVolume("old.img")).status, "available");
});
