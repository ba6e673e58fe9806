import * as fs from "node:fs/promises";
import test from "ava";
import { InvalidStateError, LeaseLostError, NotFoundError, StorageError } from "../../../src/errors.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { FaultyFileSystem } from "../../faults/faulty-file-system.js";
import { GatedFileSystem } from "../../faults/gated-file-system.js";
import { rowsOf, start } from "../fixture.js";

test("a backup goes with all of its objects and directories, and leaves others alone", async (t) => {
  const { world, service } = await start(t);
  const kept = await world.backup(service, { volume: "disk" });
  const before = await world.stored();
  const { backup } = await world.backup(service, { volume: "disk", name: "old" });
  t.is((await service.deleteBackup("old")).id, backup.id);
  t.deepEqual(await world.stored(), before);
  t.deepEqual(
    (await service.listBackups()).map((view) => view.backup.id),
    [kept.backup.id],
  );
  await service.verifyBackup({ backup: kept.backup.id });
  await t.throwsAsync(service.deleteBackup("old"), { instanceOf: NotFoundError });
});

test("of backups in one container only the one that is meant goes", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk", container: "all", name: "one" });
  await world.backup(service, { volume: "disk", container: "all", name: "two" });
  await service.deleteBackup("one");
  await service.verifyBackup({ backup: "two" });
  await service.deleteBackup("two");
  t.deepEqual(await world.stored(), []);
});

test("a backup that others depend on stays, and the refusal names them, in whatever state they are", async (t) => {
  const { world, service } = await start(t);
  const full = await world.backup(service, { volume: "disk", name: "full" });
  const child = await world.backup(service, { volume: "disk", incremental: true });
  for (const status of ["available", "error", "creating", "deleting", "error_deleting"] as const) {
    await world.catalog.backups.update(child.backup.id, { status });
    await t.throwsAsync(service.deleteBackup("full"), {
      instanceOf: InvalidStateError,
      message: `Incremental backups exist for this backup. Cannot delete ${full.backup.id}: delete ${child.backup.id} first`,
    });
  }
  await service.verifyBackup({ backup: "full" });
  await service.deleteBackup(child.backup.id);
  await service.deleteBackup("full");
  t.deepEqual(await world.stored(), []);
});

test("a backup at work is not deleted", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  for (const status of ["creating", "restoring", "deleting"] as const) {
    await world.catalog.backups.update(backup.id, { status });
    await t.throwsAsync(service.deleteBackup(backup.id), {
      instanceOf: InvalidStateError,
      message: `Invalid backup ${backup.id}: Backup status must be available or error and not ${status}`,
    });
  }
});

test("a backup whose repository is not there stays in error_deleting until it is", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await fs.rename(world.repositoryPath, `${world.repositoryPath}.away`);
  await t.throwsAsync(service.deleteBackup(backup.id), {
    instanceOf: NotFoundError,
    message: /none of the backups that the catalog has there is found/,
  });
  t.is((await service.findBackup(backup.id)).backup.status, "available");
  await t.throwsAsync(service.deleteBackup(backup.id, { force: true }), {
    instanceOf: NotFoundError,
    message: /there is no such directory; create it, or mount it$/,
  });
  t.like((await service.findBackup(backup.id)).backup, { status: "error_deleting", holder: null });
  await fs.rename(`${world.repositoryPath}.away`, world.repositoryPath);
  await service.deleteBackup(backup.id);
  t.deepEqual(await world.stored(), []);
  t.deepEqual((await rowsOf(world)).backups, []);
});

test("a deletion that failed is completed by a prune, and not in an empty place instead of the repository", async (t) => {
  const { world, service } = await start(t);
  const failed = await world.backup(service, { volume: "disk", name: "failed" });
  await world.backup(service, { volume: "disk", name: "kept" });
  await world.catalog.backups.update(failed.backup.id, { status: "error_deleting" });
  const away = `${world.repositoryPath}.away`;
  await fs.rename(world.repositoryPath, away);
  await fs.mkdir(world.repositoryPath);
  await t.throwsAsync(service.deleteBackup("failed"), { instanceOf: NotFoundError });
  await t.throwsAsync(service.pruneBackups({ last: 5 }), { instanceOf: NotFoundError });
  await fs.rmdir(world.repositoryPath);
  await fs.rename(away, world.repositoryPath);
  await service.pruneBackups({ last: 5 });
  t.deepEqual((await rowsOf(world)).backups, ["kept available"]);
  t.false((await world.stored()).some((name) => name.includes(failed.backup.id)));
});

test("a deletion that fails half way never leaves what looks like a backup, and can be repeated", async (t) => {
  const { world, service } = await start(t);
  for (let ordinal = 0; ordinal < 5; ordinal++) {
    const { backup } = await world.backup(service, { volume: "disk" });
    const fileSystem = new FaultyFileSystem(nodeFileSystem, (call) =>
      call.operation === "remove" && call.ordinal === ordinal ? "refused" : undefined,
    );
    const faulty = await world.open({ fileSystem });
    await t.throwsAsync(faulty.deleteBackup(backup.id), { instanceOf: StorageError });
    t.like((await service.findBackup(backup.id)).backup, {
      status: "error_deleting",
      failReason: /injected fault/.exec((await service.findBackup(backup.id)).backup.failReason!)?.input,
    });
    if (ordinal > 0) t.false((await world.stored()).some((name) => name.endsWith("_metadata")));
    await service.deleteBackup(backup.id);
    t.deepEqual(await world.stored(), []);
  }
});

test("a deletion whose lease was lost leaves the row, which may be another operation's by then", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "b" });
  const { operations, backups } = world.catalog;
  let isLost = false;
  // The last call of a deletion on the repository, after which its row goes.
  const fileSystem = new GatedFileSystem(nodeFileSystem, async (call) => {
    if (call !== "removeDirectory" || isLost) return;
    isLost = true;
    const [operation] = await operations.list();
    await operations.remove(operation!.number);
    await backups.update(backup.id, { status: "error", holder: null });
  });
  const suspended = await world.open({ fileSystem });
  await t.throwsAsync(suspended.deleteBackup("b"), {
    instanceOf: LeaseLostError,
    message: /lease of operation/,
  });
  t.deepEqual((await rowsOf(world)).backups, ["b error"]);
});
