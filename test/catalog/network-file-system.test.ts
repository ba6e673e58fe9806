/** A catalog where memory is not shared, by the type that `statfs` reports. */
import { stat } from "node:fs/promises";
import test from "ava";
import { StorageError } from "../../src/errors.js";
import { networkFileSystemOf } from "../../src/node/sqlite/network-file-system.js";
import { type OpenSqliteOptions, openSqlite } from "../../src/node/sqlite/open.js";
import { temporaryPath } from "./fixture.js";

const NFS: OpenSqliteOptions = { fileSystemType: async () => 0x6969, busyTimeoutMs: 200 };

test("network file systems are known by their types, as 32-bit systems report them too", (t) => {
  t.deepEqual(
    [0x6969, 0xff534d42, 0xff534d42 | 0, 0xfe534d42, 0xc36400, 0x1021997, 0x65735546].map(
      networkFileSystemOf,
    ),
    ["NFS", "CIFS", "CIFS", "SMB", "CephFS", "9p", "FUSE"],
  );
  // ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS
  for (const type of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1])
    t.is(networkFileSystemOf(type), undefined);
});

test("on a network file system the catalog has a rollback journal, and a warning names it", async (t) => {
  const path = await temporaryPath(t);
  const warnings: string[] = [];
  const first = await openSqlite(path, { ...NFS, warn: (text) => warnings.push(text) });
  const second = await openSqlite(path, NFS);
  await first.run("CREATE TABLE n (i INTEGER) STRICT");
  for (const database of [first, second, first]) {
    await database.transaction(async (session) => {
      await session.run("INSERT INTO n VALUES (1)");
    });
  }
  t.is((await second.all("SELECT i FROM n")).length, 3);
  t.is((await first.all("PRAGMA journal_mode"))[0]?.journal_mode, "delete");
  t.is((await first.all("PRAGMA synchronous"))[0]?.synchronous, 2);
  await t.throwsAsync(stat(`${path}-shm`), { code: "ENOENT" });
  t.is(warnings.length, 1);
  t.true(warnings[0]!.startsWith(`the catalog ${path} is on NFS: use it from one host at a time`));
  await first.close();
  await second.close();
});

test("a write-ahead log that is in use is refused there, and one that was left is ended with its rows", async (t) => {
  const path = await temporaryPath(t);
  const local = await openSqlite(path, { fileSystemType: async () => 0xef53 });
  await local.run("CREATE TABLE n (i INTEGER) STRICT");
  t.is((await local.all("PRAGMA journal_mode"))[0]?.journal_mode, "wal");
  await t.throwsAsync(openSqlite(path, NFS), {
    instanceOf: StorageError,
    message: /on NFS: another process uses it with a write-ahead log/,
  });
  await local.run("INSERT INTO n VALUES (1)");
  await local.close();
  const network = await openSqlite(path, NFS);
  t.is((await network.all("SELECT i FROM n")).length, 1);
  t.is((await network.all("PRAGMA journal_mode"))[0]?.journal_mode, "delete");
  await network.close();
});
