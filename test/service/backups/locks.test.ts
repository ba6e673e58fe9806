/** Backups under the store's lock: which verbs refuse them, and what becomes of the locks of a chain. */
import test, { type ExecutionContext } from "ava";
import { EncryptedSink } from "../../../src/encryption/encrypted-sink.js";
import { InvalidStateError, LockedError, UsageError } from "../../../src/errors.js";
import { digestTableName, manifestName } from "../../../src/format/names.js";
import type { BackupView } from "../../../src/service/requests.js";
import type { RetentionSettings } from "../../../src/service/settings.js";
import { listNames, putObject } from "../../../src/testing/objects.js";
import { fixedRing } from "../../portable/encryption.js";
import { start, withBlock } from "../fixture.js";
import { DAY_MS, type LockedWorld, runHistory, startLocked } from "./locked-history.js";

const MINUTE_MS = 60_000;
const settingsOf = (retention: RetentionSettings) => ({ settings: { container: "locked", retention } });

async function untilOf({ sink }: LockedWorld, { backup }: BackupView): Promise<(number | undefined)[]> {
  const names = await listNames(sink, "locked", backup.serviceMetadata!);
  const locks = await Promise.all(names.map((name) => sink.lockOf("locked", name)));
  return locks.map((lock) => lock?.retention?.until.getTime());
}

async function chainOfTwo(t: ExecutionContext) {
  const locked = await startLocked(t, 30);
  const { world, service, bytes } = locked;
  const full = await world.backup(service, { volume: "disk", name: "full" });
  world.clock.advance(10 * DAY_MS);
  await world.write("disk.img", withBlock(bytes, 3, 1));
  const incremental = await world.backup(service, { volume: "disk", name: "incremental", incremental: true });
  return { ...locked, full, incremental };
}

test("every object of a backup is locked, and those of its ancestors for at least as long", async (t) => {
  const locked = await chainOfTwo(t);
  const { world, service, full, incremental } = locked;
  const wanted = incremental.backup.createdAt.getTime() + 30 * DAY_MS;
  t.is(incremental.backup.lockedUntil?.getTime(), wanted);
  const own = await untilOf(locked, incremental);
  t.is(own.length, 3);
  t.true(own.every((until) => until === wanted));
  const ofParent = await untilOf(locked, full);
  t.is(ofParent.length, 5);
  // A quarter longer, so that the next incrementals need not extend it.
  const extended = Math.ceil((wanted + 7.5 * DAY_MS) / 1000) * 1000;
  t.deepEqual(new Set(ofParent), new Set([extended]));
  const row = (await service.findBackup("full")).backup;
  t.is(row.lockedUntil?.getTime(), extended);
  t.is(row.lockMode, "governance");
  world.clock.advance(7 * DAY_MS);
  const { lockCount } = locked.sink;
  await world.backup(service, { volume: "disk", incremental: true });
  t.is(locked.sink.lockCount - lockCount, 2 + 3 + 0);
});

test("what is locked is refused with its date by every verb that deletes, and nothing of it is touched", async (t) => {
  const { world, service, sink, incremental, full } = await chainOfTwo(t);
  const before = await listNames(sink, "locked", "");
  const { lockedUntil } = incremental.backup;
  const date = lockedUntil!.toISOString().replace(/\.\d+Z/, "Z");
  for (const force of [false, true]) {
    const error = await t.throwsAsync(service.deleteBackup("incremental", { force }), {
      instanceOf: LockedError,
      message: `Cannot delete backup ${incremental.backup.id}: it is locked until ${date} (governance)`,
    });
    t.is(error.until?.getTime(), lockedUntil!.getTime());
  }
  await service.resetBackup("incremental", "error");
  await t.throwsAsync(service.deleteBackup("incremental"), { instanceOf: LockedError });
  await service.resetBackup("incremental", "available");
  world.clock.advance(20 * DAY_MS);
  await world.backup(service, { volume: "disk", name: "newest" });
  const pruned = await service.pruneBackups({ last: 1 });
  const reasons = new Map(pruned.map((decision) => [decision.backup.name, decision.reasons]));
  t.deepEqual(reasons.get("incremental"), [`locked until ${date} (governance)`]);
  t.true(reasons.get("full")!.includes("based on"));
  t.true(pruned.every(({ isKept }) => isKept));
  t.is((await listNames(sink, "locked", "")).length, before.length + 5);
  // The manifests are gone, e.g. with the catalog of whoever removed them: what is left cannot be cleaned up.
  world.clock.advance(11 * DAY_MS);
  await service.deleteBackup("incremental");
  await t.throwsAsync(service.deleteBackup("full"), { instanceOf: LockedError });
  world.clock.advance(9 * DAY_MS);
  await service.deleteBackup("full");
  t.deepEqual(await listNames(sink, "locked", full.backup.serviceMetadata!), []);
});

test("a consolidation changes nothing that is locked, and what it replaced goes when it may", async (t) => {
  const locked = await chainOfTwo(t);
  const { world, service, sink, full, incremental } = locked;
  const before = await listNames(sink, "locked", "");
  const { backup } = await service.consolidateBackup({ backup: "incremental" });
  t.is(backup.parentId, null);
  t.is(backup.sparePrefix, incremental.backup.serviceMetadata);
  const now = await listNames(sink, "locked", "");
  t.true(before.every((name) => now.includes(name)));
  const until = await untilOf(locked, { ...incremental, backup });
  t.true(until.length === 5 && until.every((each) => each === incremental.backup.lockedUntil!.getTime()));
  // Its former parent is needed no more, and still locked.
  await t.throwsAsync(service.deleteBackup("full"), { instanceOf: LockedError });
  const reopen = async () => await world.open({ sink, ...settingsOf({ mode: "governance" }) });
  world.clock.advance(29 * DAY_MS);
  await reopen();
  t.true((await listNames(sink, "locked", incremental.backup.serviceMetadata!)).length > 0);
  world.clock.advance(DAY_MS + 2 * MINUTE_MS);
  await reopen();
  t.deepEqual(await listNames(sink, "locked", incremental.backup.serviceMetadata!), []);
  t.is((await service.findBackup("incremental")).backup.sparePrefix, null);
  world.clock.advance(8 * DAY_MS);
  await service.deleteBackup("full");
  t.deepEqual(await listNames(sink, "locked", full.backup.serviceMetadata!), []);
  await service.verifyBackup({ backup: "incremental" });
});

test("locks come back with a scan, and locked remains are not cleaned up", async (t) => {
  const { world, service, sink, full } = await chainOfTwo(t);
  const known = (await service.findBackup("full")).backup;
  for (const { id } of await world.catalog.backups.list()) await world.catalog.backups.remove(id);
  const found = await service.scanRepository();
  t.is(found.filter(({ finding }) => finding === "added").length, 2);
  const { lockedUntil, lockMode } = (await service.findBackup(full.backup.id)).backup;
  t.deepEqual([lockedUntil, lockMode], [known.lockedUntil, "governance"]);
  const name = `volume_1/20260101000000/az_nova_backup_11111111-1111-4111-8111-111111111111-00001`;
  await putObject(sink, { container: "locked", name }, new Uint8Array(10));
  await sink.lock("locked", name, { isHeld: true });
  await t.throwsAsync(sink.remove("locked", name), { instanceOf: LockedError });
});

test("a lost catalog finds a consolidated backup as a full one, beside the locked objects that it replaced", async (t) => {
  const { world, service, incremental } = await chainOfTwo(t);
  const { backup } = await service.consolidateBackup({ backup: "incremental" });
  for (const { id } of await world.catalog.backups.list()) await world.catalog.backups.remove(id);
  await service.scanRepository();
  const found = (await service.findBackup(backup.id)).backup;
  t.is(found.parentId, null);
  t.is(found.serviceMetadata, backup.serviceMetadata);
  t.is(found.sparePrefix, incremental.backup.serviceMetadata);
  await service.verifyBackup({ backup: backup.id });
});

test("a hold has no date, holds what the backup is based on, and is released one by one", async (t) => {
  const { world, sink, bytes } = await startLocked(t, 30);
  const service = await world.open({ sink, ...settingsOf({ mode: "hold" }) });
  const full = await world.backup(service, { volume: "disk", name: "full" });
  await world.write("disk.img", withBlock(bytes, 3, 1));
  await world.backup(service, { volume: "disk", name: "incremental", incremental: true });
  t.deepEqual([full.backup.isHeld, full.backup.lockedUntil], [true, null]);
  await t.throwsAsync(service.deleteBackup("incremental"), {
    instanceOf: LockedError,
    message: /: it is on legal hold until the hold is released$/,
  });
  await t.throwsAsync(service.releaseHold("full"), {
    instanceOf: InvalidStateError,
    message: /, which is based on it, is on hold; release that first$/,
  });
  const release = sink.lock.bind(sink);
  let left = 2;
  sink.lock = async (...call) => {
    if (left-- === 0) throw new InvalidStateError("Cannot lock: no");
    await release(...call);
  };
  await t.throwsAsync(service.releaseHold("incremental"), { message: "Cannot lock: no" });
  Reflect.deleteProperty(sink, "lock");
  // The digest table still is on hold.
  await t.throwsAsync(service.deleteBackup("incremental"), { instanceOf: LockedError });
  for (const name of ["incremental", "full"]) {
    t.false((await service.releaseHold(name)).isHeld);
    await service.deleteBackup(name);
  }
  t.deepEqual(await listNames(sink, "locked", "volume_"), []);
});

test("a store without locks is refused before anything is stored, unless the lock is to be advisory", async (t) => {
  const { world } = await start(t);
  const retention = { mode: "compliance", durationMs: DAY_MS } as const;
  const locking = await world.open({ settings: { retention } });
  await t.throwsAsync(world.backup(locking, { volume: "disk" }), {
    instanceOf: UsageError,
    message: /^Cannot lock a backup in container "[^"]+": the store has no object lock there; .*advisory/,
  });
  t.deepEqual(await world.stored(), []);
  const service = await world.open({ settings: { retention: { ...retention, mode: "advisory" } } });
  const { backup } = await world.backup(service, { volume: "disk", name: "advised" });
  t.is(backup.lockMode, "advisory");
  await t.throwsAsync(service.deleteBackup("advised", { force: true }), { instanceOf: LockedError });
  world.clock.advance(DAY_MS + 2 * MINUTE_MS);
  await service.deleteBackup("advised");
});

test("an incremental in compliance mode does not stand on a chain that is less strictly locked", async (t) => {
  const { world, sink, service } = await startLocked(t, 30);
  await world.backup(service, { volume: "disk", name: "full" });
  const before = await listNames(sink, "locked", "");
  const strict = await world.open({ sink, ...settingsOf({ mode: "compliance", durationMs: DAY_MS }) });
  await t.throwsAsync(world.backup(strict, { volume: "disk", incremental: true }), {
    instanceOf: InvalidStateError,
    message: /locked in governance mode; make a full backup$/,
  });
  t.deepEqual(await listNames(sink, "locked", ""), before);
});

test("a backup that fails leaves nothing locked, and one that fails while it is locked is removed later", async (t) => {
  const { world, sink, service } = await startLocked(t, 30);
  sink.lock = async () => {
    throw new InvalidStateError("Cannot lock: no");
  };
  await t.throwsAsync(world.backup(service, { volume: "disk" }), { message: "Cannot lock: no" });
  t.deepEqual(await listNames(sink, "locked", "volume_"), []);
  Reflect.deleteProperty(sink, "lock");
  let left = 2;
  const lock = sink.lock.bind(sink);
  sink.lock = async (...call) => {
    if (left-- === 0) throw new InvalidStateError("Cannot lock: no");
    await lock(...call);
  };
  await t.throwsAsync(world.backup(service, { volume: "disk", name: "half" }), {
    message: /Cannot lock: no/,
  });
  Reflect.deleteProperty(sink, "lock");
  const { backup } = await service.findBackup("half");
  t.is(backup.status, "error");
  const names = await listNames(sink, "locked", backup.serviceMetadata!);
  t.true(names.includes(digestTableName(backup.serviceMetadata!)));
  t.false(names.includes(manifestName(backup.serviceMetadata!)));
  await t.throwsAsync(service.deleteBackup("half"), { instanceOf: LockedError });
  world.clock.advance(31 * DAY_MS);
  await service.deleteBackup("half");
  t.deepEqual(await listNames(sink, "locked", "volume_"), []);
});

test("encrypted backups are locked as others: every object, those of ancestors too, until the date", async (t) => {
  const { world, sink, bytes } = await startLocked(t, 30);
  const encrypted = new EncryptedSink(sink, await fixedRing());
  const retention = { mode: "governance", durationMs: 30 * DAY_MS } as const;
  const service = await world.open({ sink: encrypted, ...settingsOf(retention) });
  await world.backup(service, { volume: "disk", name: "full" });
  await world.write("disk.img", withBlock(bytes, 3, 1));
  await world.backup(service, { volume: "disk", name: "incremental", incremental: true });
  for (const name of await listNames(sink, "locked", "volume_"))
    t.truthy((await sink.lockOf("locked", name))?.retention, name);
  await t.throwsAsync(service.deleteBackup("incremental", { force: true }), { instanceOf: LockedError });
  await service.consolidateBackup({ backup: "incremental" });
  await service.verifyBackup({ backup: "incremental" });
  world.clock.advance(40 * DAY_MS);
  await service.deleteBackup("incremental");
  await service.deleteBackup("full");
  t.deepEqual(await listNames(sink, "locked", "volume_"), []);
});

const DAYS = Number(process.env.ASHLAR_TEST_LOCK_DAYS ?? 15);
const RETENTION_DAYS = DAYS > 100 ? 30 : 4;

test(`${DAYS} days of incrementals under a lock: everything kept is locked, and the store does not fill up`, async (t) => {
  t.timeout(30 * MINUTE_MS);
  const outcome = await runHistory(t, { days: DAYS, retentionDays: RETENTION_DAYS });
  t.log(outcome);
  t.is(outcome.refusals, 2 * DAYS);
  t.true(outcome.consolidations >= Math.floor(DAYS / 7) - 4);
  // Two retentions, what the extra share adds, and the week between two consolidations.
  t.true(outcome.backupsMax <= 2.5 * RETENTION_DAYS + 7);
});
