/** An incremental that becomes a full backup: what it is then, what others see meanwhile, and how it ends early. */
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { CancelledError, IntegrityError, InvalidStateError, StorageError } from "../../../src/errors.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import type { ServiceEvent } from "../../../src/service/notifier.js";
import type { BackupView } from "../../../src/service/requests.js";
import type { Service } from "../../../src/service/service.js";
import { GatedFileSystem } from "../../faults/gated-file-system.js";
import { firstDifference } from "../../pipeline/world.js";
import { BLOCK_SIZE, damage, FILE_SIZE, type Start, start, type World, withBlock } from "../fixture.js";

interface Line extends Start {
  readonly full: BackupView;
  readonly middle: BackupView;
  readonly last: BackupView;
  /** What the volume held at each. */
  readonly contents: readonly Uint8Array[];
}

/** A chain of three: `full`, `middle`, `last`. */
async function line(t: Parameters<typeof start>[0]): Promise<Line> {
  const begun = await start(t);
  const { world, service, bytes, path } = begun;
  const full = await world.backup(service, { volume: "disk", name: "full" });
  const second = withBlock(withBlock(bytes, 3, 1), 12, 2);
  await fs.writeFile(path, second);
  const middle = await world.backup(service, { volume: "disk", name: "middle", incremental: true });
  const third = withBlock(second, 12, 3);
  await fs.writeFile(path, third);
  const last = await world.backup(service, { volume: "disk", name: "last", incremental: true });
  world.clock.advance(1000);
  return { ...begun, full, middle, last, contents: [bytes, second, third] };
}

async function restored(world: World, service: Service, backup: string): Promise<Uint8Array> {
  const file = `./${backup}-${Math.random()}.img`;
  await service.restoreBackup({ backup, volume: file });
  return await world.read(file);
}

/** Neither operation, nor holder, nor spare objects, and whole backups. */
async function expectSettled(
  t: Parameters<typeof start>[0],
  { world, contents }: Line,
  service: Service,
): Promise<void> {
  t.deepEqual(await service.listOperations(), []);
  for (const [index, name] of ["full", "middle", "last"].entries()) {
    const { backup } = await service.findBackup(name);
    t.like(backup, { status: "available", holder: null, sparePrefix: null, spareParentId: null });
    await service.verifyBackup({ backup: name });
    t.is(firstDifference(await restored(world, service, name), contents[index]!), -1, name);
  }
  const owned = (await service.listBackups()).map(
    ({ backup }) => `${backup.container}/${backup.serviceMetadata}`,
  );
  const files = (await world.stored()).filter((name) => !name.endsWith("/"));
  t.deepEqual(
    files.filter((name) => !owned.some((stem) => name.startsWith(stem))),
    [],
  );
}

test("it is full, has its id, its dependents stay valid, and what it was based on can go", async (t) => {
  const made = await line(t);
  const { world, service, middle, contents } = made;
  const { id, createdAt, dataTimestamp, name } = middle.backup;
  const view = await service.consolidateBackup({ backup: "middle" });
  t.like(view.backup, { id, name, createdAt, dataTimestamp, parentId: null, status: "available" });
  t.is(view.chainLength, 1);
  t.is(view.backup.objectCount, Math.ceil(contents[0]!.length / FILE_SIZE));
  t.not(view.backup.serviceMetadata, middle.backup.serviceMetadata);
  t.is(view.backup.digestTableSha256, middle.backup.digestTableSha256);
  t.is((await service.findBackup("last")).chainLength, 2);
  await expectSettled(t, made, service);
  const directory = `${world.repositoryPath}/${view.backup.container}`;
  const stored = await Promise.all(
    (await fs.readdir(directory)).map((file) => fs.stat(`${directory}/${file}`)),
  );
  t.is(
    view.backup.storedSize,
    stored.reduce((sum, { size }) => sum + size, 0),
  );
  await service.deleteBackup("full");
  t.is((await service.verifyBackup({ backup: "last" })).chainLength, 2);
  t.is(firstDifference(await restored(world, service, "last"), contents[2]!), -1);
  // The next incremental stands on the newest, whatever that stands on.
  const next = await world.backup(service, { volume: "disk", incremental: true });
  t.is(next.chainLength, 3);
});

test("a lost catalog finds it as it is, and a record of it can be imported", async (t) => {
  const { world, service, contents, middle } = await line(t);
  await service.consolidateBackup({ backup: "middle" });
  const record = await service.exportRecord("middle");
  for (const { backup } of await service.listBackups()) await world.catalog.backups.remove(backup.id);
  t.is((await service.importRecord(record)).parentId, null);
  await service.scanRepository();
  t.is((await service.findBackup(middle.backup.id)).chainLength, 1);
  t.is(firstDifference(await restored(world, service, "last"), contents[2]!), -1);
});

test("a full backup, one at work and one of too small objects are refused", async (t) => {
  const { world, service, middle } = await line(t);
  await t.throwsAsync(service.consolidateBackup({ backup: "full" }), {
    instanceOf: InvalidStateError,
    message: /^Cannot consolidate backup .*: it is a full backup already$/,
  });
  for (const status of ["creating", "restoring", "deleting", "error"] as const) {
    await world.catalog.backups.update(middle.backup.id, { status });
    await t.throwsAsync(service.consolidateBackup({ backup: "middle" }), {
      instanceOf: InvalidStateError,
      message: `Invalid backup ${middle.backup.id}: Backup status must be available and not ${status}`,
    });
  }
  await world.catalog.backups.update(middle.backup.id, { status: "available" });
  const other = await world.open({ settings: { fileSize: 3000 } });
  await t.throwsAsync(other.consolidateBackup({ backup: "middle" }), {
    message: /want a multiple of the block size/,
  });
  const small = await world.open({ settings: { maxMemory: 1000 } });
  await t.throwsAsync(small.consolidateBackup({ backup: "middle" }), { message: /^Cannot consolidate: / });
});

test("damage ends it with its place, and the backup is what it was", async (t) => {
  const made = await line(t);
  const { world, service, full, middle } = made;
  const path = world.objectPath(full, "-00002");
  await damage(path, 2 * BLOCK_SIZE);
  const stored = await world.stored();
  const error = await t.throwsAsync(service.consolidateBackup({ backup: "middle" }), {
    instanceOf: IntegrityError,
  });
  t.like((error as IntegrityError).location, { backupId: full.backup.id });
  t.like((await service.findBackup("middle")).backup, {
    ...middle.backup,
    failReason: error!.message.slice(0, 255),
    updatedAt: world.clock.now(),
  });
  t.deepEqual(await world.stored(), stored);
  await damage(path, 2 * BLOCK_SIZE);
  await service.consolidateBackup({ backup: "middle" });
  t.is((await service.findBackup("middle")).backup.failReason, null);
  await expectSettled(t, made, service);
});

test("whoever reads the old objects reads on, and they go when it has ended", async (t) => {
  const made = await line(t);
  const { world, service, middle, last } = made;
  // A verification of what is based on it, by another process.
  world.alive.add("reader");
  const reader = await world.catalog.operations.add({
    ...{ kind: "verify", holder: "reader", slots: 0, memory: 0, backupId: last.backup.id },
  });
  await world.catalog.operations.start(reader.number);
  const unrelated = await world.catalog.operations.add({
    ...{ kind: "verify", holder: "reader", slots: 0, memory: 0, backupId: "another" },
  });
  await world.catalog.operations.start(unrelated.number);
  const running = service.consolidateBackup({ backup: "middle" });
  while ((await service.findBackup("middle")).backup.parentId !== null) await sleep(5);
  t.like((await service.findBackup("middle")).backup, {
    status: "available",
    sparePrefix: middle.backup.serviceMetadata,
    spareParentId: middle.backup.parentId,
  });
  await t.throwsAsync(service.deleteBackup("full"), { message: /^Incremental backups exist/ });
  await world.open();
  await fs.access(world.objectPath(middle, "_metadata"));
  const other = await world.open();
  t.is((await other.scanRepository()).filter(({ finding }) => finding === "known").length, 4);
  await world.catalog.operations.remove(reader.number);
  await running;
  await t.throwsAsync(fs.access(world.objectPath(middle, "_metadata")), { code: "ENOENT" });
  await world.catalog.operations.remove(unrelated.number);
  await expectSettled(t, made, service);
  await service.deleteBackup("full");
});

test("operations that waited while a chain was consolidated read it where it is now", async (t) => {
  const made = await line(t);
  const { world, service, contents, path } = made;
  let open!: () => void;
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const fileSystem = new GatedFileSystem(nodeFileSystem, async (operation) => {
    if (operation === "sync") await isOpen;
  });
  const slow = await world.open({ fileSystem });
  const running = slow.consolidateBackup({ backup: "last" });
  while ((await service.findBackup("last")).backup.status !== "consolidating") await sleep(5);
  const waiting = await world.open({ settings: { maxOperations: 1 } });
  const verifying = waiting.verifyBackup({ backup: "last" });
  t.is((await verifying).chainLength, 3);
  await fs.writeFile(path, withBlock(contents[2]!, 7, 9));
  const creating = waiting.createBackup({ volume: "disk", name: "late", incremental: true });
  while ((await service.listOperations()).length < 2) await sleep(5);
  open();
  await running;
  t.is((await creating).chainLength, 2);
  await service.deleteBackup("middle");
  await service.verifyBackup({ backup: "late" });
});

for (const how of ["its signal", "a reset to error"] as const) {
  test(`stopped by ${how} it leaves the backup as it was`, async (t) => {
    const made = await line(t);
    const { world, service } = made;
    const stored = await world.stored();
    const controller = new AbortController();
    let isStopped: Promise<unknown> | undefined;
    world.alive.add("slow");
    const fileSystem = new GatedFileSystem(nodeFileSystem, async (operation) => {
      if (operation !== "sync") return;
      isStopped ??=
        how === "its signal"
          ? Promise.resolve(controller.abort())
          : service.resetBackup("middle", "error").then(() => undefined);
      await sleep(400);
    });
    const slow = await world.open({ fileSystem, holder: "slow" });
    await t.throwsAsync(slow.consolidateBackup({ backup: "middle", signal: controller.signal }), {
      instanceOf: CancelledError,
    });
    await isStopped;
    const { failReason } = (await service.findBackup("middle")).backup;
    if (how === "its signal") t.is(failReason, null);
    else t.regex(failReason!, /^Cancelled: the backup was set to error/);
    t.deepEqual(await world.stored(), stored);
    await expectSettled(t, made, service);
  });
}

test("deleted by force while it is consolidated it goes with all that was made", async (t) => {
  const { world, service, full, middle } = await line(t);
  await service.deleteBackup("last");
  world.alive.add("slow");
  let deleted: Promise<unknown> | undefined;
  const fileSystem = new GatedFileSystem(nodeFileSystem, async (operation) => {
    if (operation !== "sync") return;
    deleted ??= service.deleteBackup("middle", { force: true });
    await sleep(300);
  });
  const slow = await world.open({ fileSystem, holder: "slow" });
  await t.throwsAsync(slow.consolidateBackup({ backup: "middle" }), { instanceOf: CancelledError });
  await deleted;
  t.deepEqual(
    (await service.listBackups()).map(({ backup }) => backup.id),
    [full.backup.id],
  );
  const left = (await world.stored()).filter((name) => name.includes(middle.backup.id));
  t.deepEqual(left, []);
  await service.verifyBackup({ backup: "full" });
});

test("events tell of it, and it counts as an operation", async (t) => {
  const { world } = await line(t);
  const events: ServiceEvent[] = [];
  const service = await world.open({
    notifiers: [{ notify: async (event) => void events.push(event) }],
  });
  await service.consolidateBackup({ backup: "middle" });
  await t.throwsAsync(service.consolidateBackup({ backup: "middle" }));
  while (events.length < 3) await sleep(1);
  t.deepEqual(
    events.map(({ event_type, payload }) => [event_type, payload.status]),
    [
      ["backup.consolidate.start", "consolidating"],
      ["backup.consolidate.end", "available"],
      ["backup.consolidate.refused", undefined],
    ],
  );
});

const MOMENTS = 14;

/** Consolidates `middle` in a process that calls nothing any more from file call `at` on; how many calls there were. */
async function consolidateUntil(world: World, at: number): Promise<number> {
  let calls = 0;
  let die!: () => void;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const fileSystem = new GatedFileSystem(nodeFileSystem, async () => {
    if (++calls < at) return;
    die();
    await new Promise(() => {});
  });
  const dying = await world.open({ fileSystem, holder: `dying-${at}` });
  await Promise.race([death, dying.consolidateBackup({ backup: "middle" })]);
  // Calls that were under way when it died.
  await sleep(20);
  await fileSystem.closeAll();
  return calls;
}

test("a process that dies at any moment leaves a whole backup, which the next start tidies up", async (t) => {
  t.timeout(120_000);
  const calls = await consolidateUntil((await line(t)).world, Number.POSITIVE_INFINITY);
  const outcomes: boolean[] = [];
  for (let moment = 1; moment <= MOMENTS; moment++) {
    const made = await line(t);
    // The last ones are between the exchange and the end.
    await consolidateUntil(made.world, Math.ceil((moment * (calls - 2)) / MOMENTS));
    const again = await made.world.open();
    await expectSettled(t, made, again);
    const { backup } = await again.findBackup("middle");
    outcomes.push(backup.parentId === null);
    if (backup.parentId !== null) await again.consolidateBackup({ backup: "middle" });
    await again.deleteBackup("full");
    await again.verifyBackup({ backup: "last" });
  }
  t.log(`${calls} calls: ${outcomes.filter(Boolean).length} of ${MOMENTS} times it was full already`);
  t.true(outcomes.includes(false));
  t.true(outcomes.includes(true));
});

test("old objects that cannot be removed now are removed by a later start, and deleting takes them too", async (t) => {
  const made = await line(t);
  const { world, service, middle } = made;
  const fileSystem = new GatedFileSystem(nodeFileSystem, (operation, path) => {
    if (operation === "remove" && path.includes(middle.backup.serviceMetadata!))
      throw new StorageError("stuck", { call: operation });
  });
  const stubborn = await world.open({ fileSystem });
  const { backup } = await stubborn.consolidateBackup({ backup: "middle" });
  t.is(backup.parentId, null);
  t.is((await service.findBackup("middle")).backup.sparePrefix, middle.backup.serviceMetadata);
  await service.verifyBackup({ backup: "last" });
  await expectSettled(t, made, await world.open());
});
