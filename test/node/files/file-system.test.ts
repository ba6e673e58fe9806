import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { NotFoundError, StorageError } from "../../../src/errors.js";
import { toStorageError } from "../../../src/node/files/file-errors.js";
import { NodeFileHandle } from "../../../src/node/files/file-handle.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { patternBytes } from "../../../src/testing/objects.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

function hostError(code: string): Error {
  return Object.assign(new Error(`${code}: as the host puts it`), { code });
}

test.serial("permissions are exact, whatever the umask", async (t) => {
  const directory = await temporaryDirectory(t);
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  for (const mode of ["create", "replace"] as const) {
    const handle = await nodeFileSystem.open(join(directory, mode), mode);
    await handle.close();
    t.is((await fs.stat(join(directory, mode))).mode & 0o7777, 0o660, mode);
  }
  await nodeFileSystem.makeDirectory(join(directory, "a/b/c"));
  for (const path of ["a", "a/b", "a/b/c"])
    t.is((await fs.stat(join(directory, path))).mode & 0o7777, 0o770, path);
});

test("what exists keeps its permissions", async (t) => {
  const directory = await temporaryDirectory(t);
  await fs.writeFile(join(directory, "file"), "old contents", { mode: 0o600 });
  await fs.mkdir(join(directory, "made"), { mode: 0o700 });
  const handle = await nodeFileSystem.open(join(directory, "file"), "replace");
  t.is(await handle.size(), 0);
  await handle.close();
  await nodeFileSystem.makeDirectory(join(directory, "made/below"));
  t.is((await fs.stat(join(directory, "file"))).mode & 0o777, 0o600);
  t.is((await fs.stat(join(directory, "made"))).mode & 0o777, 0o700);
});

test("each mode opens what it should", async (t) => {
  const directory = await temporaryDirectory(t);
  const there = join(directory, "there");
  await fs.writeFile(there, "contents");
  for (const mode of ["read", "update"] as const) {
    const handle = await nodeFileSystem.open(there, mode);
    t.is(await handle.size(), 8);
    await handle.close();
    await t.throwsAsync(nodeFileSystem.open(join(directory, "none"), mode), { instanceOf: NotFoundError });
    await t.throwsAsync(nodeFileSystem.open(join(there, "below"), mode), { instanceOf: NotFoundError });
  }
  await t.throwsAsync(nodeFileSystem.open(there, "create"), {
    instanceOf: StorageError,
    message: /it exists already$/,
  });
  await t.throwsAsync(nodeFileSystem.open(join(directory, "no/x"), "create"), { instanceOf: NotFoundError });
  t.is(await fs.readFile(there, "utf8"), "contents");
});

test("a write or read that the host does in parts is whole", async (t) => {
  const stored = new Uint8Array(1000);
  const part = 7;
  const handle = new NodeFileHandle(
    {
      async write(bytes: Uint8Array, offset: number, length: number, position: number) {
        const bytesWritten = Math.min(part, length);
        stored.set(bytes.subarray(offset, offset + bytesWritten), position);
        return { bytesWritten };
      },
      async read(bytes: Uint8Array, offset: number, length: number, position: number) {
        const found = stored.subarray(position, position + Math.min(part, length));
        bytes.set(found, offset);
        return { bytesRead: found.length };
      },
    } as never,
    "volume",
  );
  await handle.write(patternBytes(500, 1), 100);
  t.deepEqual(stored.slice(100, 600), patternBytes(500, 1));
  const buffer = new Uint8Array(600);
  t.is(await handle.read(buffer, 100), 600);
  t.deepEqual(buffer.subarray(0, 500), patternBytes(500, 1));
  t.is(await handle.read(buffer, 900), 100);
  t.is(await handle.read(buffer, 1000), 0);
});

test("a host that takes no bytes and gives no reason is an error, not a loop", async (t) => {
  const handle = new NodeFileHandle({ write: async () => ({ bytesWritten: 0 }) } as never, "volume");
  await t.throwsAsync(handle.write(new Uint8Array(1), 5), {
    instanceOf: StorageError,
    message: 'Cannot write "volume": the system took no byte at offset 5',
  });
});

test("a full device is named, and is no passing trouble", async (t) => {
  const handle = await nodeFileSystem.open("/dev/full", "update");
  const error = await t.throwsAsync(handle.write(new Uint8Array(10), 0), {
    instanceOf: StorageError,
    message: 'Cannot write "/dev/full": no space is left on the device',
  });
  await handle.close();
  t.is(error.call, "write");
  t.is(error.status, "permanent");
  t.is((error.cause as NodeJS.ErrnoException).code, "ENOSPC");
});

test("what may pass by itself is temporary", (t) => {
  for (const code of ["EAGAIN", "EBUSY", "ETIMEDOUT", "ESTALE", "EMFILE"]) {
    t.is(toStorageError("open", "x", hostError(code)).status, "temporary", code);
  }
  for (const code of ["ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "EWHATEVER"]) {
    t.is(toStorageError("open", "x", hostError(code)).status, "permanent", code);
  }
  t.is(
    toStorageError("open", 'a"b', hostError("EWHATEVER")).message,
    'Cannot open "a\\"b": EWHATEVER: as the host puts it',
  );
  t.is(toStorageError("open", "x", "thrown text").message, 'Cannot open "x": thrown text');
});

test("status and list say what is there, through links", async (t) => {
  const directory = await temporaryDirectory(t);
  await fs.writeFile(join(directory, "file"), "12345");
  await fs.mkdir(join(directory, "directory"));
  await fs.symlink("file", join(directory, "link"));
  t.like(await nodeFileSystem.status(join(directory, "link")), { kind: "file", size: 5 });
  t.is((await nodeFileSystem.status(join(directory, "directory")))?.kind, "directory");
  t.is((await nodeFileSystem.status("/dev/null"))?.kind, "other");
  t.is(await nodeFileSystem.status(join(directory, "none")), undefined);
  t.is(await nodeFileSystem.status(join(directory, "file/below")), undefined);
  const found: Record<string, string> = {};
  for await (const { name, kind } of nodeFileSystem.list(directory)) found[name] = kind;
  t.deepEqual(found, { file: "file", directory: "directory", link: "other" });
  for await (const entry of nodeFileSystem.list(join(directory, "none"))) t.fail(entry.name);
});

test("rename replaces, remove tells whether it was there, directories sync", async (t) => {
  const directory = await temporaryDirectory(t);
  await fs.writeFile(join(directory, "from"), "new");
  await fs.writeFile(join(directory, "to"), "old");
  await nodeFileSystem.rename(join(directory, "from"), join(directory, "to"));
  t.is(await fs.readFile(join(directory, "to"), "utf8"), "new");
  await t.throwsAsync(nodeFileSystem.rename(join(directory, "from"), join(directory, "to")), {
    instanceOf: StorageError,
    message: /^Cannot rename ".*from": it does not exist$/,
  });
  t.true(await nodeFileSystem.remove(join(directory, "to")));
  t.false(await nodeFileSystem.remove(join(directory, "to")));
  await t.notThrowsAsync(nodeFileSystem.syncDirectory(directory));
  await t.throwsAsync(nodeFileSystem.syncDirectory(join(directory, "none")), { instanceOf: StorageError });
});

test("a directory cannot be made where a file is", async (t) => {
  const directory = await temporaryDirectory(t);
  await fs.writeFile(join(directory, "file"), "");
  await t.throwsAsync(nodeFileSystem.makeDirectory(join(directory, "file")), { instanceOf: StorageError });
  await t.throwsAsync(nodeFileSystem.makeDirectory(join(directory, "file/below")), {
    instanceOf: StorageError,
  });
  await t.notThrowsAsync(nodeFileSystem.makeDirectory(directory));
});

const testOnProcfs = existsSync("/proc/self") ? test : test.skip;
testOnProcfs("a directory that a file system refuses to make is an error, not a loop", async (t) => {
  await t.throwsAsync(nodeFileSystem.makeDirectory("/proc/no-such-directory/below"), {
    instanceOf: StorageError,
  });
});
