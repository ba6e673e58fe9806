import * as fs from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { NotFoundError, StorageError, UsageError } from "../../../src/errors.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { PosixSink } from "../../../src/sinks/posix/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../../src/testing/objects.js";
import { CrashFileSystem } from "../../faults/crash-file-system.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { sinkContract } from "../contract.js";
import { checkNewObjects } from "../new-objects.js";

async function makeRoot(t: ExecutionContext): Promise<string> {
  const root = await temporaryDirectory(t);
  return root;
}

async function makeSink(t: ExecutionContext): Promise<{ root: string; sink: PosixSink }> {
  const root = await makeRoot(t);
  return { root, sink: new PosixSink({ fileSystem: nodeFileSystem, root }) };
}

// Two syncs an object: 10 001 of them take half a minute on a disk. The long listing is read below, unsynced.
sinkContract(test, "posix", async (t) => (await makeSink(t)).sink, { manyCount: 501 });
sinkContract(
  test,
  "posix over memory",
  async () => {
    return new PosixSink({ fileSystem: new CrashFileSystem(), root: "/" });
  },
  { manyCount: 501 },
);

test("a posix sink is the reference system's posix driver, unless told otherwise", (t) => {
  const fileSystem = new CrashFileSystem();
  const posix = new PosixSink({ fileSystem, root: "/" });
  t.is(posix.service, "cinder.backup.drivers.posix.PosixBackupDriver");
  t.is(posix.naming, "flat");
  const nfs = new PosixSink({ fileSystem, root: "/", service: "cinder.backup.drivers.nfs.NFSBackupDriver" });
  t.is(nfs.service, "cinder.backup.drivers.nfs.NFSBackupDriver");
  t.throws(() => new PosixSink({ fileSystem, root: "" }), { instanceOf: UsageError });
});

test("objects are files with the reference system's permissions, in directories with its own", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("ab/cd/x");
  await putObject(sink, { container: "ab/cd/x", name: "a-00001" }, patternBytes(1234, 1));
  t.is(Buffer.compare(await fs.readFile(join(root, "ab/cd/x/a-00001")), patternBytes(1234, 1)), 0);
  t.is((await fs.stat(join(root, "ab/cd/x/a-00001"))).mode & 0o7777, 0o660);
  for (const path of ["ab", "ab/cd", "ab/cd/x"])
    t.is((await fs.stat(join(root, path))).mode & 0o7777, 0o770, path);
});

test("an unfinished object is a hidden file that no prefix lists", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c");
  const writer = await sink.create("c", "a-00001");
  await writer.write(patternBytes(10, 1));
  const names = await fs.readdir(join(root, "c"));
  t.is(names.length, 1);
  t.regex(names[0]!, /^\.a-00001\.[0-9a-f]{8}\.partial$/);
  t.deepEqual(await listNames(sink, "c", ""), []);
  t.deepEqual(await listNames(sink, "c", "."), []);
  await writer.abort();
  t.deepEqual(await fs.readdir(join(root, "c")), []);
});

test("what dead writers left is removed by prefix, and nothing else is", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c");
  for (const name of ["a-1", "a-1", "a-10", "b-1"]) {
    const dead = await sink.create("c", name);
    t.teardown(() => dead.abort());
    await dead.write(patternBytes(5, 1));
  }
  await putObject(sink, { container: "c", name: "a-1" }, patternBytes(5, 2));
  await fs.writeFile(join(root, "c", ".a-1.notes"), "of the operator's");
  await sink.removeUnfinished("c", "a-1");
  const left = (await fs.readdir(join(root, "c"))).map((name) => name.replace(/[0-9a-f]{8}/, "*")).sort();
  t.deepEqual(left, [".a-1.notes", ".b-1.*.partial", "a-1"]);
});

test("a writer whose file was taken away does not claim to have completed the object", async (t) => {
  const { sink } = await makeSink(t);
  await sink.createContainer("c");
  const writer = await sink.create("c", "a-1");
  await writer.write(patternBytes(5, 1));
  await sink.removeUnfinished("c", "a-");
  await t.throwsAsync(writer.close(), { instanceOf: StorageError });
  await writer.abort();
  t.is(await sink.size("c", "a-1"), undefined);
});

test("a name that leaves no room for an unfinished file is refused for writing, and can be read", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c");
  await putObject(sink, { container: "c", name: "x".repeat(237) }, patternBytes(5, 1));
  await t.throwsAsync(sink.create("c", "x".repeat(238)), {
    instanceOf: UsageError,
    message: /want at most 237 bytes of UTF-8$/,
  });
  await fs.writeFile(join(root, "c", "y".repeat(255)), "foreign");
  t.is(await sink.size("c", "y".repeat(255)), 7);
  t.is((await getObject(sink, { container: "c", name: "y".repeat(255) })).length, 7);
});

test("a missing root is an error to a scan, not an empty repository, and made for the first container", async (t) => {
  const root = join(await makeRoot(t), "not-mounted");
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root });
  const refusal = { instanceOf: NotFoundError, message: /not-mounted": there is no such directory/ };
  await t.throwsAsync(
    (async () => {
      for await (const _ of sink.containers());
    })(),
    refusal,
  );
  t.is(await nodeFileSystem.status(root), undefined);
  await sink.createContainer("a/b");
  t.is((await nodeFileSystem.status(join(root, "a/b")))?.kind, "directory");
});

test("an empty container is removed with the empty directories above it, and nothing else is", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("ab/cd/one");
  await sink.createContainer("ab/ef/two");
  await putObject(sink, { container: "ab/ef/two", name: "a" }, patternBytes(1, 1));
  await sink.removeContainer("ab/cd/one");
  await sink.removeContainer("ab/ef/two");
  await sink.removeContainer("never/there");
  t.deepEqual(await fs.readdir(join(root, "ab")), ["ef"]);
  t.deepEqual(await fs.readdir(join(root, "ab/ef/two")), ["a"]);
  await sink.remove("ab/ef/two", "a");
  await sink.removeContainer("ab/ef/two");
  t.deepEqual(await fs.readdir(root), []);
});

test("a scan shows directories with objects in them, and no hidden or system ones", async (t) => {
  const { root, sink } = await makeSink(t);
  for (const path of ["a/b", "empty/er", ".snapshot/hourly/a", "lost+found/x", "bad\nname", "hidden"]) {
    await fs.mkdir(join(root, path), { recursive: true });
  }
  for (const path of ["a/b/x", "a/y", ".snapshot/hourly/a/x", "lost+found/x/y", "bad\nname/x", "in-root"]) {
    await fs.writeFile(join(root, path), "");
  }
  await fs.writeFile(join(root, "hidden/.only-this"), "");
  const found: string[] = [];
  for await (const container of sink.containers()) found.push(container);
  t.deepEqual(found.sort(), ["a", "a/b"]);
});

test("files that no sink could have made are not objects", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c/a-directory");
  await fs.writeFile(join(root, "c", "a-good"), "x");
  await fs.writeFile(join(root, "c", "a-bad\nname"), "x");
  await fs.writeFile(Buffer.concat([Buffer.from(`${root}/c/a-`), Buffer.from([0xff, 0xfe])]), "not UTF-8");
  await fs.symlink("nowhere", join(root, "c", "a-dangling"));
  await fs.symlink("a-good", join(root, "c", "a-link"));
  t.deepEqual(await listNames(sink, "c", "a-"), ["a-good", "a-link"]);
  t.is(await sink.size("c", "a-directory"), undefined);
  await t.throwsAsync(sink.open("c", "a-directory"), { instanceOf: NotFoundError });
  await t.throwsAsync(sink.create("c", "a-directory"), {
    instanceOf: UsageError,
    message: /is a directory$/,
  });
});

test("below an object there is no container", async (t) => {
  const { sink } = await makeSink(t);
  await sink.createContainer("c");
  await putObject(sink, { container: "c", name: "object" }, patternBytes(5, 1));
  await t.throwsAsync(sink.createContainer("c/object"), { instanceOf: StorageError });
  await t.throwsAsync(sink.createContainer("c/object/below"), { instanceOf: StorageError });
  t.deepEqual(await listNames(sink, "c/object", ""), []);
  t.is(await sink.size("c/object", "x"), undefined);
  await sink.remove("c/object", "x");
});

test("an object that is replaced while it is read is read as it was", async (t) => {
  const { sink } = await makeSink(t);
  await sink.createContainer("c");
  const location = { container: "c", name: "a" };
  await putObject(sink, location, patternBytes(1000, 1));
  const reader = await sink.open("c", "a");
  const buffer = new Uint8Array(600);
  await reader.readInto(buffer);
  await putObject(sink, location, patternBytes(900, 2));
  t.is(await reader.readInto(buffer), 400);
  t.deepEqual(buffer.subarray(0, 400), patternBytes(1000, 1).subarray(600));
  await reader.close();
});

test("an object that is cut while it is read is an error", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c");
  await putObject(sink, { container: "c", name: "a" }, patternBytes(1000, 1));
  const reader = await sink.open("c", "a");
  await fs.truncate(join(root, "c/a"), 700);
  await t.throwsAsync(reader.readInto(new Uint8Array(1000)), {
    instanceOf: StorageError,
    message: /it ends at byte 700, and had 1000 bytes/,
  });
  await reader.close();
});

test("ten thousand files and one are listed", async (t) => {
  const { root, sink } = await makeSink(t);
  await sink.createContainer("c");
  const expected = Array.from({ length: 10_001 }, (_, i) => `many-${String(i).padStart(5, "0")}`);
  for (let first = 0; first < expected.length; first += 100) {
    await Promise.all(
      expected.slice(first, first + 100).map((name) => fs.writeFile(join(root, "c", name), "")),
    );
  }
  t.deepEqual(await listNames(sink, "c", "many-"), expected);
});

test("a new object does not replace another", async (t) => {
  const root = await temporaryDirectory(t);
  await checkNewObjects(t, new PosixSink({ fileSystem: nodeFileSystem, root }));
});
