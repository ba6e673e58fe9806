/** Freezing by the host's means: reflinks where there are some, LVM by what is asked of its programs. */

import * as fs from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { InvalidStateError, isAshlarError, StorageError } from "../../../src/errors.js";
import { nodeSnapshots } from "../../../src/node/files/snapshots.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

test("a file is frozen beside itself, or refused where its file system cannot", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, "disk.img");
  await fs.writeFile(path, "then");
  const snapshots = nodeSnapshots();
  const location = await snapshots.plan(path, "id");
  t.deepEqual(location, { kind: "reflink", source: join(directory, ".ashlar-snapshot-id") });
  try {
    await snapshots.create(path, location);
    await fs.writeFile(path, "now!");
    t.is(await fs.readFile(location.source, "utf8"), "then");
  } catch (error) {
    t.true(isAshlarError(error, "invalid-state"));
    t.regex((error as Error).message, /its file system cannot share blocks between files; .* --source$/);
  }
  await snapshots.remove(location);
  await snapshots.remove(location);
  t.deepEqual(await fs.readdir(directory), ["disk.img"]);
});

test("a logical volume is frozen by lvcreate in its own group", async (t) => {
  const calls: string[] = [];
  const snapshots = nodeSnapshots(async (program, args) => {
    calls.push([program, ...args].join(" "));
    return program === "lvs" ? "  vg0\n" : "";
  });
  await snapshots.create("/dev/vg0/system", { kind: "lvm", source: "/dev/vg0/ashlar-1" });
  t.deepEqual(calls, [
    "lvcreate --snapshot --permission r --name ashlar-1 --extents 20%ORIGIN /dev/vg0/system",
  ]);
  await snapshots.remove({ kind: "lvm", source: "/dev/vg0/ashlar-1" });
  t.is(calls.length, 1, "what is not there is not removed");
});

test("what LVM's programs refuse is told in their words", async (t) => {
  const words = '  Volume group "vg0" has insufficient free space (0 extents): 512 required.\n';
  const snapshots = nodeSnapshots(async (program) => {
    throw Object.assign(new Error(`Command failed: ${program}`), { code: 5, stderr: words });
  });
  const error = await t.throwsAsync(
    snapshots.create("/dev/vg0/system", { kind: "lvm", source: "/dev/vg0/ashlar-1" }),
    { instanceOf: StorageError },
  );
  t.is(
    error!.message,
    'Cannot snapshot "/dev/vg0/system": lvcreate says: Volume group "vg0" has insufficient free space (0 extents): 512 required.',
  );
  // A node that is there stands for a view that is still open.
  await t.throwsAsync(snapshots.remove({ kind: "lvm", source: "/dev/null" }), {
    instanceOf: StorageError,
    message: /^Cannot remove snapshot "\/dev\/null": lvremove says: Volume group/,
  });
});

test("a volume that is not there cannot be frozen", async (t) => {
  await t.throwsAsync(nodeSnapshots().plan("/nowhere/disk.img", "id"));
  const location = { kind: "reflink", source: "/nowhere/view" } as const;
  const error = await t.throwsAsync(nodeSnapshots().create("/nowhere/disk.img", location));
  t.false(error instanceof InvalidStateError);
});
