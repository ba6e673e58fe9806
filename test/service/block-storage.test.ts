/** The calls of the Block Storage API: recorded at once, done in the background, within quotas and roots. */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import {
  ForbiddenError,
  InvalidStateError,
  NotFoundError,
  QuotaError,
  UsageError,
} from "../../src/errors.js";
import type { Caller } from "../../src/service/access/caller.js";
import type { BlockStorage } from "../../src/service/block-storage/block-storage.js";
import type { Service } from "../../src/service/service.js";
import { GIB, MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import { start, World } from "./fixture.js";

const MEMBER: Caller = { userId: "ann", projectId: "p", roles: ["member"], requestId: "req-1" };
const OTHER: Caller = { userId: "bob", projectId: "q", roles: ["member"] };
const ADMIN: Caller = { userId: "root", projectId: "r", roles: ["admin"] };

interface Site {
  readonly world: World;
  readonly service: Service;
  readonly storage: BlockStorage;
}

/** Volumes have whole GiB here, so blocks and objects are of the usual sizes. */
async function open(t: ExecutionContext, settings = {}): Promise<Site> {
  const world = await World.create(t);
  const service = await world.open({ settings: { blockSize: 32_768, fileSize: 64 * MIB, ...settings } });
  return { world, service, storage: await service.as(MEMBER).blockStorage() };
}

async function settled<T extends { readonly status: string }>(find: () => Promise<T>): Promise<T> {
  for (;;) {
    const record = await find();
    if (!/(ing|-up|-backup)$/.test(record.status)) return record;
    await sleep(5);
  }
}

test("a volume is made, backed up, restored and deleted", async (t) => {
  const { world, storage } = await open(t);
  const made = await storage.createVolume({ name: "disk", size: 1, metadata: { k: "v" } });
  t.is(made.status, "creating");
  const volume = await settled(() => storage.findVolume(made.id));
  t.like(volume, { status: "available", size: GIB, projectId: "p", userId: "ann", metadata: { k: "v" } });
  const bytes = noise(8192, 3);
  const file = await fs.open(volume.source!, "r+");
  await file.write(bytes, 0, bytes.length, 4096);
  await file.close();
  const full = { volumeId: volume.id, isIncremental: false, force: false };
  const backup = await storage.createBackup({ ...full, name: "b" });
  t.like(backup, { status: "creating", name: "b", parentId: null, size: 1 });
  t.is((await storage.findVolume(volume.id)).status, "backing-up");
  await t.throwsAsync(storage.createBackup(full), { instanceOf: InvalidStateError });
  const done = await settled(async () => (await storage.findBackup(backup.id)).backup);
  t.is(done.status, "available", done.failReason ?? "");
  t.is((await storage.findVolume(volume.id)).status, "available");
  world.clock.advance(1000);
  const next = await storage.createBackup({ ...full, isIncremental: true });
  t.is(next.parentId, backup.id);
  t.is((await settled(async () => (await storage.findBackup(next.id)).backup)).status, "available");
  const restored = await storage.restoreBackup(next.id, { name: "copy" });
  const copy = await settled(() => storage.findVolume(restored.volume.id));
  t.like(copy, { status: "available", name: "copy", size: GIB, metadata: { src_backup_id: next.id } });
  const target = await fs.open(copy.source!, "r");
  const read = new Uint8Array(8192);
  await target.read(read, 0, 8192, 4096);
  t.is((await target.stat()).size, GIB);
  await target.close();
  t.deepEqual(read, new Uint8Array(bytes));
  await t.throwsAsync(storage.deleteBackup(backup.id), {
    message: "Invalid backup: Incremental backups exist for this backup.",
  });
  for (const id of [next.id, backup.id]) {
    await storage.deleteBackup(id);
    while ((await storage.listBackups({ filter: { id } })).items.length > 0) await sleep(5);
  }
  await storage.deleteVolume(volume.id);
  await storage.deleteVolume(copy.id);
  t.deepEqual(await world.volumeFiles(), []);
  t.deepEqual(
    (await world.stored()).filter((name) => !name.endsWith("/")),
    [],
  );
});

test("a failure in the background leaves an error, a message, and the volume as it was", async (t) => {
  const { service, storage } = await open(t);
  const volume = await storage.createVolume({ size: 1 });
  const { source } = await settled(() => storage.findVolume(volume.id));
  await fs.rm(source!);
  const backup = await storage.createBackup({ volumeId: volume.id, isIncremental: false, force: false });
  const failed = await settled(async () => (await storage.findBackup(backup.id)).backup);
  t.is(failed.status, "error");
  t.regex(failed.failReason!, /does not exist/);
  t.is((await storage.findVolume(volume.id)).status, "available");
  let messages = await storage.listMessages();
  for (; messages.length === 0; messages = await storage.listMessages()) await sleep(5);
  t.like(messages[0], { resourceType: "VOLUME_BACKUP", resourceId: backup.id, requestId: "req-1" });
  t.is((await (await service.as(OTHER).blockStorage()).listMessages()).length, 0);
});

test("records are found by id, in their project, or by admins", async (t) => {
  const { service, storage } = await open(t);
  const volume = await storage.createVolume({ name: "disk", size: 1 });
  await settled(() => storage.findVolume(volume.id));
  await t.throwsAsync(storage.findVolume("disk"), { instanceOf: NotFoundError });
  const other = await service.as(OTHER).blockStorage();
  await t.throwsAsync(other.findVolume(volume.id), { message: `Volume ${volume.id} could not be found.` });
  await t.throwsAsync(other.deleteVolume(volume.id), { instanceOf: NotFoundError });
  t.is((await other.listVolumes({ allProjects: true })).items.length, 0);
  const admin = await service.as(ADMIN).blockStorage();
  t.is((await admin.findVolume(volume.id)).id, volume.id);
  t.is((await admin.listVolumes({ allProjects: true, isCounted: true })).count, 1);
  t.is((await admin.listVolumes({})).items.length, 0);
});

test("quotas are kept", async (t) => {
  const { service, storage } = await open(t, { quotas: { volumes: 1, gigabytes: 3, backups: 0 } });
  const volume = await storage.createVolume({ size: 2 });
  await settled(() => storage.findVolume(volume.id));
  await t.throwsAsync(storage.createVolume({ size: 2 }), {
    message: /^VolumeSizeExceedsAvailableQuota: .* Requested 2G, quota is 3G and 2G has been consumed\.$/,
  });
  await t.throwsAsync(storage.createVolume({ size: 1 }), { message: /^VolumeLimitExceeded: .* \(1\)/ });
  const backup = { volumeId: volume.id, isIncremental: false, force: false };
  await t.throwsAsync(storage.createBackup(backup), {
    instanceOf: QuotaError,
    message: /^BackupLimitExceeded/,
  });
  t.is((await storage.findVolume(volume.id)).status, "available");
  await t.throwsAsync(storage.extendVolume(volume.id, 4), { instanceOf: QuotaError });
  await storage.extendVolume(volume.id, 3);
  t.is((await storage.findVolume(volume.id)).size, 3 * GIB);
  await t.throwsAsync(storage.setQuotas("p", { volumes: 5 }), { instanceOf: ForbiddenError });
  await (await service.as(ADMIN).blockStorage()).setQuotas("p", { volumes: 5 });
  t.deepEqual((await storage.quotasOf("p")).volumes, { limit: 5, used: 1 });
});

test("snapshots are copied where blocks cannot be shared, and become volumes", async (t) => {
  const { world, storage } = await open(t);
  world.cannotFreeze = true;
  const { id } = await storage.createVolume({ size: 1 });
  const volume = await settled(() => storage.findVolume(id));
  const bytes = noise(5000, 1);
  const file = await fs.open(volume.source!, "r+");
  await file.write(bytes, 0, bytes.length, 3 * 1024 * 1024 - 7);
  await file.close();
  const made = await storage.createSnapshot({ volumeId: id, name: "s" });
  const snapshot = await settled(() => storage.findSnapshot(made.id));
  t.is(snapshot.status, "available");
  await t.throwsAsync(storage.deleteVolume(id), { instanceOf: InvalidStateError });
  const clone = await storage.createVolume({ snapshotId: snapshot.id, size: 2 });
  const copy = await settled(() => storage.findVolume(clone.id));
  const stored = await fs.stat(copy.source!);
  t.is(stored.size, 2 * GIB);
  t.true(stored.blocks * 512 < 16 * 1024 * 1024, "zeros are not written");
  const read = new Uint8Array(bytes.length);
  const handle = await fs.open(copy.source!, "r");
  await handle.read(read, 0, read.length, 3 * 1024 * 1024 - 7);
  await handle.close();
  t.deepEqual(read, new Uint8Array(bytes));
  await t.throwsAsync(storage.createVolume({ snapshotId: snapshot.id, size: 0 }), { instanceOf: UsageError });
  await storage.deleteVolume(id, { cascade: true });
  await storage.deleteVolume(clone.id);
  t.deepEqual(await world.volumeFiles(), []);
});

test("an import counts for the quota", async (t) => {
  const { service } = await start(t);
  const { backup } = await service.createBackup({ volume: "disk" });
  const record = await service.exportRecord(backup.id);
  await service.deleteVolume("disk").catch(() => undefined);
  const fields = JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as Record<string, unknown>;
  const backupUrl = Buffer.from(JSON.stringify({ ...fields, id: crypto.randomUUID() })).toString("base64");
  const storage = await service.blockStorage();
  await storage.setQuotas("admin", { backups: 1 });
  const changed = { ...record, backup_url: backupUrl };
  await t.throwsAsync(storage.importBackup(changed), { message: /^BackupLimitExceeded: .* \(1\)/ });
  await storage.setQuotas("admin", { backups: 2, backup_gigabytes: 1 });
  await t.throwsAsync(storage.importBackup(changed), { message: /^VolumeBackupSizeExceedsAvailableQuota/ });
  await storage.setQuotas("admin", { backup_gigabytes: 2 });
  t.is((await storage.importBackup(changed)).status, "available");
});

test("rows of a dead process are repaired, and its unfinished snapshot does not stop a restore", async (t) => {
  const { world, service, path } = await start(t);
  const { catalog } = world;
  const { backup } = await service.createBackup({ volume: "disk" });
  const volume = await service.findVolume("disk");
  const dead = { holder: "dead", projectId: "admin", userId: "admin" };
  const place = { kind: "reflink", source: `${path}.frozen` } as const;
  const snapshot = { id: "s", volumeId: volume.id, size: volume.size, status: "creating" } as const;
  await catalog.snapshots.insert({ ...dead, ...snapshot, ...place });
  await service.restoreBackup({ backup: backup.id, volume: "disk", force: true });
  await catalog.snapshots.update("s", { holder: "tester" });
  await t.throwsAsync(service.restoreBackup({ backup: backup.id, volume: "disk", force: true }), {
    message: /a snapshot of it is being made/,
  });
  await catalog.snapshots.update("s", { holder: null });
  await service.restoreBackup({ backup: backup.id, volume: "disk", force: true });
  const grown = await world.write("grown.img", new Uint8Array(8192));
  const rows = [
    { id: "new", size: GIB, status: "creating", source: null },
    { id: "grown", size: 4096, status: "extending", source: grown },
    { id: "lost", size: 4096, status: "extending", source: join(world.directory, "gone.img") },
  ] as const;
  for (const row of rows) await catalog.volumes.insert({ ...dead, ...row });
  const again = await world.open();
  t.like(await again.findVolume("new"), { status: "error", holder: null });
  t.like(await again.findVolume("grown"), { status: "available", holder: null, size: 8192 });
  t.like(await again.findVolume("lost"), { status: "error_extending", holder: null, size: 4096 });
});

test("only what is below a root is taken as a volume, with symbolic links resolved", async (t) => {
  const world = await World.create(t);
  const roots = join(world.directory, "roots");
  const service = await world.open({ settings: { volumeRoots: [roots] } });
  const storage = await (await service.as(ADMIN)).blockStorage();
  const path = await world.write("roots/a.img", noise(5000, 1));
  const outside = await world.write("secret.img", noise(5000, 2));
  await fs.symlink(outside, join(roots, "link.img"));
  for (const refused of [outside, join(roots, "link.img"), join(roots, "../secret.img"), roots])
    await t.throwsAsync(storage.manageVolume({ path: refused }), { instanceOf: ForbiddenError }, refused);
  const volume = await storage.manageVolume({ path, name: "a" });
  t.like(volume, { status: "available", name: "a", size: 5000 });
  await storage.unmanageVolume(volume.id);
  t.is((await fs.stat(path)).size, 5000);
  const member = await service.as(MEMBER).blockStorage();
  await t.throwsAsync(member.manageVolume({ path }), { instanceOf: ForbiddenError });
});
