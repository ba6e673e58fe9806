/**
 * The posix sink under every single fault: whatever call fails, and whatever the machine comes back with, the object
 * is the old one or the new one, whole, and what was said to be durable is there.
 */

import test, { type ExecutionContext } from "ava";
import { StorageError } from "../../src/errors.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { CrashFileSystem, SURVIVALS } from "./crash-file-system.js";
import {
  type FaultKind,
  type FaultRule,
  FaultyFileSystem,
  failCall,
  failFrom,
  failOperation,
} from "./faulty-file-system.js";
import { GatedFileSystem } from "./gated-file-system.js";

const PLACE = { container: "ab/cd/x", name: "a-00001" };
const OLD = patternBytes(3000, 1);
const NEW = patternBytes(5000, 2);
const KINDS: readonly FaultKind[] = ["refused", "done"];

function sinkOver(fileSystem: FaultyFileSystem | CrashFileSystem): PosixSink {
  return new PosixSink({ fileSystem, root: "/srv" });
}

/** A root on stable storage, and `OLD` in its place where wanted. */
async function prepare(withOld: boolean): Promise<CrashFileSystem> {
  const disk = new CrashFileSystem();
  await disk.makeDirectory("/srv");
  await disk.syncDirectory("/");
  if (withOld) {
    await sinkOver(disk).createContainer(PLACE.container);
    await putObject(sinkOver(disk), PLACE, OLD);
  }
  return disk;
}

/** As a careful caller puts an object: aborts when a step fails. Whether it was completed. */
async function tryPut(sink: PosixSink): Promise<boolean> {
  try {
    await sink.createContainer(PLACE.container);
    const writer = await sink.create(PLACE.container, PLACE.name);
    try {
      for (let offset = 0; offset < NEW.length; offset += 1999)
        await writer.write(NEW.subarray(offset, offset + 1999));
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

/** What is there under the object's name: one of the two, whole; or nothing. */
async function contents(t: ExecutionContext, disk: CrashFileSystem): Promise<"none" | "old" | "new"> {
  const sink = sinkOver(disk);
  const names = await listNames(sink, PLACE.container, "");
  if (names.length === 0) return "none";
  t.deepEqual(names, [PLACE.name]);
  const bytes = await getObject(sink, PLACE);
  if (Buffer.compare(bytes, NEW) === 0) return "new";
  t.is(Buffer.compare(bytes, OLD), 0, "neither the old object nor the new one");
  return "old";
}

async function countCalls(work: (sink: PosixSink) => Promise<unknown>, withOld: boolean): Promise<number> {
  const recorder = new FaultyFileSystem(await prepare(withOld));
  await work(sinkOver(recorder));
  return recorder.calls.length;
}

async function checkPut(t: ExecutionContext, rule: FaultRule, withOld: boolean, what: string): Promise<void> {
  const disk = await prepare(withOld);
  const isComplete = await tryPut(sinkOver(new FaultyFileSystem(disk, rule)));
  const before = withOld ? "old" : "none";
  const allowed = isComplete ? ["new"] : [before, "new"];
  t.true(allowed.includes(await contents(t, disk)), what);
  for (const survival of SURVIVALS) {
    const found = await contents(t, disk.afterCrash(survival));
    t.true(allowed.includes(found), `${what}, ${JSON.stringify(survival)}: ${found}, complete ${isComplete}`);
  }
  await sinkOver(disk).removeUnfinished(PLACE.container, "a-");
  const left: string[] = [];
  for await (const { name } of disk.list(`/srv/${PLACE.container}`)) left.push(name);
  t.true(
    left.every((name) => name === PLACE.name),
    `${what}: ${left} left`,
  );
}

for (const withOld of [false, true]) {
  const title = withOld ? "replacing an object" : "a first object";

  test(`${title}: any one call may fail`, async (t) => {
    const callCount = await countCalls(tryPut, withOld);
    t.true(callCount >= 12, `${callCount} calls`);
    for (let index = 0; index < callCount; index++) {
      for (const kind of KINDS) await checkPut(t, failCall(index, kind), withOld, `call ${index} ${kind}`);
    }
  });

  test(`${title}: the process may die at any call`, async (t) => {
    const callCount = await countCalls(tryPut, withOld);
    for (let index = 0; index < callCount; index++) {
      for (const kind of KINDS)
        await checkPut(t, failFrom(index, kind), withOld, `dead from call ${index} ${kind}`);
    }
  });

  test(`${title}: without a fault it is complete and durable`, async (t) => {
    const disk = await prepare(withOld);
    t.true(await tryPut(sinkOver(disk)));
    for (const survival of SURVIVALS) t.is(await contents(t, disk.afterCrash(survival)), "new");
  });
}

test("an object that was said to be removed does not come back", async (t) => {
  const remove = (sink: PosixSink): Promise<void> => sink.remove(PLACE.container, PLACE.name);
  const callCount = await countCalls(remove, true);
  t.is(callCount, 2);
  for (let index = 0; index <= callCount; index++) {
    for (const kind of KINDS) {
      const disk = await prepare(true);
      const sink = sinkOver(new FaultyFileSystem(disk, failCall(index, kind)));
      // A caller that tries again must not be told "gone" on the strength of what was never synced.
      await remove(sink).catch(() => remove(sink));
      for (const survival of SURVIVALS) t.is(await contents(t, disk.afterCrash(survival)), "none");
    }
  }
});

test("a full device fails the write, and leaves the old object and no file", async (t) => {
  for (const spaceLeft of [0, 1, 1998, 1999, 2000, 4999]) {
    const disk = await prepare(true);
    t.false(await tryPut(sinkOver(new FaultyFileSystem(disk, undefined, spaceLeft))));
    t.is(await contents(t, disk), "old");
    const left: string[] = [];
    for await (const { name } of disk.list(`/srv/${PLACE.container}`)) left.push(name);
    t.deepEqual(left, [PLACE.name], `${spaceLeft} bytes of space`);
  }
});

test("a writer that failed completes nothing, however often it is asked", async (t) => {
  for (const operation of ["write", "sync", "close", "rename"] as const) {
    const disk = await prepare(true);
    const sink = sinkOver(new FaultyFileSystem(disk, failOperation(operation)));
    const writer = await sink.create(PLACE.container, PLACE.name);
    if (operation === "write") await t.throwsAsync(writer.write(NEW), { instanceOf: StorageError });
    else await writer.write(NEW);
    await t.throwsAsync(writer.close(), undefined, operation);
    // A second fsync after a failed one succeeds and means nothing.
    await t.throwsAsync(writer.close(), { message: /its writer is failed$/ }, operation);
    await t.throwsAsync(writer.write(NEW), { message: /its writer is failed$/ }, operation);
    await writer.abort();
    t.is(await contents(t, disk), "old");
  }
});

test("abort never rejects, whatever fails under it", async (t) => {
  const disk = await prepare(false);
  await sinkOver(disk).createContainer(PLACE.container);
  const faulty = new FaultyFileSystem(disk, (call) =>
    call.operation === "close" || call.operation === "remove" ? "refused" : undefined,
  );
  const writer = await sinkOver(faulty).create(PLACE.container, PLACE.name);
  await writer.write(NEW);
  await t.notThrowsAsync(writer.abort());
  t.is(await contents(t, disk), "none");
});

test("abort while close is under way leaves the object whole or not at all", async (t) => {
  const disk = await prepare(true);
  const writer = await sinkOver(disk).create(PLACE.container, PLACE.name);
  await writer.write(NEW);
  const closing = writer.close().then(
    () => "new",
    () => "old",
  );
  await writer.abort();
  t.is(await contents(t, disk), (await closing) as "new" | "old");
});

test("a signal ends the wait for stable storage, and nothing is left while that goes on", async (t) => {
  const disk = await prepare(true);
  let isSynced = (): void => {};
  const slow = new Promise<void>((resolve) => {
    isSynced = resolve;
  });
  const gated = new GatedFileSystem(disk, async (operation) => {
    if (operation === "sync") await slow;
  });
  const sink = new PosixSink({ fileSystem: gated, root: "/srv" });
  const controller = new AbortController();
  const writer = await sink.create(PLACE.container, PLACE.name, { signal: controller.signal });
  await writer.write(NEW);
  const closing = t.throwsAsync(writer.close(), { message: "the run is over" });
  controller.abort(new Error("the run is over"));
  await closing;
  await writer.abort();
  t.is(await contents(t, disk), "old");
  isSynced();
  await new Promise((resolve) => setTimeout(resolve, 1));
  t.is(await contents(t, disk), "old");
});

test("the calls of a put come in the order that makes it durable", async (t) => {
  const recorder = new FaultyFileSystem(await prepare(true));
  const sink = sinkOver(recorder);
  const writer = await sink.create(PLACE.container, PLACE.name);
  recorder.calls.length = 0;
  await writer.write(NEW.subarray(0, 1000));
  await writer.write(NEW.subarray(1000));
  await writer.close();
  const unfinished = /^\/srv\/ab\/cd\/x\/\.a-00001\.[0-9a-f]{8}\.partial$/;
  const calls = recorder.calls.map(
    ({ operation, path }) => `${operation} ${path.replace(unfinished, "UNFINISHED")}`,
  );
  t.deepEqual(calls, [
    "write UNFINISHED",
    "write UNFINISHED",
    "sync UNFINISHED",
    "close UNFINISHED",
    "rename UNFINISHED",
    "syncDirectory /srv/ab/cd/x",
  ]);
});

test("objects that are closed at once share syncs of their directory, and each is durable", async (t) => {
  const disk = await prepare(true);
  let syncCount = 0;
  const syncDirectory = disk.syncDirectory.bind(disk);
  disk.syncDirectory = async (path) => {
    syncCount++;
    await syncDirectory(path);
    // Entries that are placed from now on are not durable.
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const sink = sinkOver(disk);
  const names = Array.from({ length: 16 }, (_, index) => `b-${index}`);
  await Promise.all(
    names.map(async (name) => {
      await putObject(sink, { ...PLACE, name }, NEW);
      for (const survival of SURVIVALS) {
        const survivor = sinkOver(disk.afterCrash(survival));
        t.deepEqual(await getObject(survivor, { ...PLACE, name }), NEW, `${name}, ${survival}`);
      }
    }),
  );
  t.true(syncCount <= 3, `${syncCount} syncs`);
});

test("a failed sync of a directory fails each object that shares it, and no later one", async (t) => {
  const disk = await prepare(true);
  let syncCount = 0;
  const syncDirectory = disk.syncDirectory.bind(disk);
  disk.syncDirectory = async (path) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (++syncCount === 2) throw new StorageError("Cannot fsync", { call: "fsync" });
    await syncDirectory(path);
  };
  const sink = sinkOver(disk);
  const put = (name: string) => putObject(sink, { ...PLACE, name }, NEW);
  const outcomes = await Promise.allSettled(["b-1", "b-2", "b-3"].map(put));
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "rejected"],
  );
  await t.notThrowsAsync(put("b-4"));
});

test("each new directory is synced into the one above it", async (t) => {
  const recorder = new FaultyFileSystem(await prepare(false));
  await sinkOver(recorder).createContainer("ab/cd/x");
  const synced = recorder.calls.filter(({ operation }) => operation === "syncDirectory");
  t.deepEqual(
    synced.map(({ path }) => path),
    ["/srv", "/srv/ab", "/srv/ab/cd"],
  );
});
