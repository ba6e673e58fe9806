import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { NotFoundError, StorageError, UsageError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { openFileSource, openFileTarget } from "../../src/sources/file.js";
import { patternBytes } from "../../src/testing/objects.js";
import { CrashFileSystem, SURVIVALS } from "../faults/crash-file-system.js";
import { FaultyFileSystem, failOperation } from "../faults/faulty-file-system.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const run = promisify(execFile);

test("a file is read at any offset, by several reads at once", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(100_001, 1));
  const source = await openFileSource(nodeFileSystem, path);
  t.is(source.size, 100_001);
  const offsets = [0, 1, 50_000, 99_001];
  const buffers = offsets.map(() => new Uint8Array(1000));
  await Promise.all(offsets.map((offset, i) => source.readInto(buffers[i]!, offset)));
  for (const [i, offset] of offsets.entries()) {
    t.deepEqual(buffers[i], patternBytes(100_001, 1).subarray(offset, offset + 1000));
  }
  await t.throwsAsync(source.readInto(new Uint8Array(2), 100_000), { instanceOf: StorageError });
  await source.close();
});

test("bytes are read straight into shared memory", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(5000, 1));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const window = new Uint8Array(memory.buffer, 100, 4000);
  const source = await openFileSource(nodeFileSystem, path);
  await source.readInto(window, 1000);
  await source.close();
  t.deepEqual(window.slice(), patternBytes(5000, 1).slice(1000));
  t.is(new Uint8Array(memory.buffer)[99], 0);
  t.is(new Uint8Array(memory.buffer)[4100], 0);
});

test("a file that shrinks while it is read is an error with its offset", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(10_000, 1));
  const source = await openFileSource(nodeFileSystem, path);
  await fs.truncate(path, 6000);
  await source.readInto(new Uint8Array(1000), 5000);
  await t.throwsAsync(source.readInto(new Uint8Array(1000), 5500), {
    instanceOf: StorageError,
    message: /volume" at offset 5500: 500 of 1000 bytes are there, and it had 10000 when it was opened$/,
  });
  await source.close();
});

test("a file that grows is read to the size it had", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(1000, 1));
  const source = await openFileSource(nodeFileSystem, path);
  await fs.appendFile(path, patternBytes(1000, 2));
  t.is(source.size, 1000);
  await t.throwsAsync(source.readInto(new Uint8Array(1), 1000), { instanceOf: StorageError });
  await source.close();
});

test("what cannot be a volume is refused, by what it is", async (t) => {
  const directory = await temporaryDirectory(t);
  const fifo = join(directory, "fifo");
  await run("mkfifo", [fifo]);
  await fs.writeFile(join(directory, "empty"), "");
  const inPlace = { size: 1, create: false };
  const cases = [
    [directory, UsageError, /it is a directory; want a file or block device, or - for standard/],
    [fifo, UsageError, /it is a pipe, socket or other special file; want a file/],
    ["/dev/null", UsageError, /it is a pipe, socket or other special file/],
    [join(directory, "missing"), NotFoundError, /missing": it does not exist$/],
  ] as const;
  for (const [path, instanceOf, message] of cases) {
    await t.throwsAsync(openFileSource(nodeFileSystem, path), { instanceOf, message });
    await t.throwsAsync(openFileTarget(nodeFileSystem, path, inPlace), { instanceOf, message });
  }
  await t.throwsAsync(openFileSource(nodeFileSystem, join(directory, "empty")), {
    instanceOf: UsageError,
    message: /it is empty; want at least one byte$/,
  });
});

test("a new target is sparse, zeroed and of the size asked for", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  const size = 10 * 2 ** 30 + 1;
  const target = await openFileTarget(nodeFileSystem, path, { size, create: true });
  t.true(target.isZeroed);
  t.is(target.size, size);
  await target.write(patternBytes(1000, 1), 5 * 2 ** 30);
  await t.throwsAsync(target.write(new Uint8Array(2), size - 1), { instanceOf: StorageError });
  await target.sync();
  await target.close();

  const stats = await fs.stat(path);
  t.is(stats.size, size);
  t.true(stats.blocks * 512 < 2 ** 20, `${stats.blocks} sectors in use`);
  const source = await openFileSource(nodeFileSystem, path);
  const buffer = new Uint8Array(1002);
  await source.readInto(buffer, 5 * 2 ** 30 - 1);
  t.deepEqual(buffer.subarray(1, 1001), patternBytes(1000, 1));
  t.is(buffer[0], 0);
  t.is(buffer[1001], 0);
  await source.close();
});

test("a new target takes no existing name, and no missing directory", async (t) => {
  const directory = await temporaryDirectory(t);
  await fs.writeFile(join(directory, "there"), "precious");
  await t.throwsAsync(openFileTarget(nodeFileSystem, join(directory, "there"), { size: 9, create: true }), {
    instanceOf: UsageError,
    message: /it exists already; want a new name$/,
  });
  t.is(await fs.readFile(join(directory, "there"), "utf8"), "precious");
  await t.throwsAsync(openFileTarget(nodeFileSystem, join(directory, "no", "x"), { size: 9, create: true }), {
    instanceOf: NotFoundError,
    message: /there is no directory ".*\/no"$/,
  });
});

test("an existing target is written in place, and keeps the rest", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(3000, 1));
  const target = await openFileTarget(nodeFileSystem, path, { size: 2000, create: false });
  t.false(target.isZeroed);
  t.is(target.size, 3000);
  await target.write(new Uint8Array(500), 1000);
  await target.sync();
  await target.close();
  const expected = patternBytes(3000, 1);
  expected.fill(0, 1000, 1500);
  t.is(Buffer.compare(await fs.readFile(path), expected), 0);
});

test("an existing target must have room", async (t) => {
  const path = join(await temporaryDirectory(t), "volume");
  await fs.writeFile(path, patternBytes(3000, 1));
  await t.throwsAsync(openFileTarget(nodeFileSystem, path, { size: 3001, create: false }), {
    instanceOf: UsageError,
    message: /^Cannot write a volume of 3001 bytes to ".*": it has room for 3000$/,
  });
});

test("a new target that was synced survives a crash, its name as well", async (t) => {
  const disk = new CrashFileSystem();
  const target = await openFileTarget(disk, "/volume", { size: 5000, create: true });
  await target.write(patternBytes(1000, 1), 2000);
  await target.sync();
  for (const survival of SURVIVALS) {
    const source = await openFileSource(disk.afterCrash(survival), "/volume");
    const buffer = new Uint8Array(1000);
    await source.readInto(buffer, 2000);
    t.is(source.size, 5000);
    t.deepEqual(buffer, patternBytes(1000, 1));
  }
});

test("a target that cannot be made to its size is not left behind", async (t) => {
  const disk = new CrashFileSystem();
  const faulty = new FaultyFileSystem(disk, failOperation("truncate"));
  await t.throwsAsync(openFileTarget(faulty, "/volume", { size: 5000, create: true }), {
    instanceOf: StorageError,
  });
  t.is(await disk.status("/volume"), undefined);
});

test("what is opened in vain is closed again", async (t) => {
  const disk = new CrashFileSystem();
  await (await disk.open("/empty", "create")).close();
  for (const open of [
    (faulty: FaultyFileSystem) => openFileSource(faulty, "/empty"),
    (faulty: FaultyFileSystem) => openFileTarget(faulty, "/empty", { size: 1, create: false }),
  ]) {
    const faulty = new FaultyFileSystem(disk);
    await t.throwsAsync(open(faulty), { instanceOf: UsageError });
    t.is(faulty.calls.filter(({ operation }) => operation === "open").length, 1);
    t.is(faulty.calls.filter(({ operation }) => operation === "close").length, 1);
  }
});
