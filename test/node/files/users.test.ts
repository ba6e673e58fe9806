import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import test from "ava";
import { parseLoops } from "../../../src/node/files/system-tables.js";
import { usersOf } from "../../../src/node/files/users.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

test("a file that is locked for writing is in use as long as it is", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, "disk.img");
  await fs.writeFile(path, "x");
  t.deepEqual(await usersOf(path), []);
  const locker = spawn("flock", ["--exclusive", path, "sleep", "30"], { detached: true, stdio: "ignore" });
  t.teardown(() => process.kill(-locker.pid!, "SIGKILL"));
  let users: readonly string[] = [];
  while (users.length === 0) users = await usersOf(path);
  t.regex(users.join(), /^locked for writing by process \d+$/);
});

test("a file that is only opened, one that is not there and a directory are not in use", async (t) => {
  const directory = await temporaryDirectory(t);
  const handle = await fs.open(join(directory, "a"), "w");
  t.deepEqual(await usersOf(join(directory, "a")), []);
  await handle.close();
  t.deepEqual(await usersOf(join(directory, "none")), []);
  t.deepEqual(await usersOf(directory), []);
});

test("a device that is mounted is in use", async (t) => {
  const lines = (await fs.readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .map((line) => line.split(" "));
  const sources = lines.map((fields) => [fields[fields.indexOf("-") + 2] ?? "", fields[4] ?? ""] as const);
  const mounted = await Promise.all(
    sources.map(async ([device, mountPoint]) => {
      const isDevice = (await fs.stat(device).catch(() => undefined))?.isBlockDevice() ?? false;
      return isDevice ? { device, mountPoint } : [];
    }),
  );
  // In a container there may be none to look at.
  for (const { device, mountPoint } of mounted.flat()) {
    t.true((await usersOf(device)).includes(`mounted at ${mountPoint}`), `${device} at ${mountPoint}`);
  }
  t.pass();
});

test("backing files of loop devices are read as util-linux lists them", (t) => {
  const text =
    "/dev/loop0 \\x20\\x20\\x20\\x20\\x20254:0\\x20\\x20 3039272\n/dev/loop1 0:39 12\n/dev/loop2  \n";
  t.deepEqual(
    [...parseLoops(text)],
    [
      ["/dev/loop0", "254:0:3039272"],
      ["/dev/loop1", "0:39:12"],
    ],
  );
});
