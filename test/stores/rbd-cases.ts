/** RBD images as volumes, through qemu-nbd and `rbd`, in the cluster of the suite. */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import type { TestFn } from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { run } from "./daemon.js";

const SIZE_MIB = 64;

export interface RbdCases {
  readonly test: TestFn;
  /** Path of the cluster's `ceph.conf`. */
  readonly configFile: () => string;
}

export function rbdCases({ test, configFile }: RbdCases): void {
  test.serial("RBD: an image, what changed between its snapshots, and into another image", async (t) => {
    const directory = await temporaryDirectory(t);
    const environment = { CEPH_CONF: configFile() };
    const rbd = (...args: string[]): Promise<string> => run("rbd", ["--no-progress", ...args], environment);
    const ashlar = (...args: string[]): Promise<string> => {
      const flags = ["--state-dir", join(directory, "state"), "--repository", join(directory, "repository")];
      return run(process.execPath, [COMMAND, ...flags, "volume", ...args], environment);
    };
    const exported = async (image: string): Promise<Buffer> => {
      const path = join(directory, "exported");
      await fs.rm(path, { force: true });
      await rbd("export", image, path);
      return await fs.readFile(path);
    };
    await run("ceph", ["osd", "pool", "create", "images", "1"], environment);
    for (const image of ["one", "two"]) await rbd("create", "--size", `${SIZE_MIB}M`, `images/${image}`);
    const write = async (offset: number, length: number): Promise<void> => {
      const command = ["-c", `write -P 5 ${offset} ${length}`];
      await run("qemu-io", ["-f", "raw", ...command, `rbd:images/one:conf=${configFile()}`]);
    };
    await write(5_000_000, 3_000_000);
    await rbd("snap", "create", "images/one@monday");
    await ashlar("create", "disk", "--source", "rbd:images/one@monday");
    await ashlar("backup", "create", "disk", "--name", "monday");

    await write(40_000_000, 100_000);
    await rbd("snap", "create", "images/one@tuesday");
    await ashlar("set", "disk", "--source", "rbd:images/one@tuesday");
    const hints = ["--incremental", "--hints", "snapshot:monday", "--hints-since", "monday"];
    const created = await ashlar("backup", "create", "disk", "--name", "tuesday", ...hints, "-f", "json");
    const { object_count, hints_refused } = JSON.parse(created);
    t.deepEqual({ object_count, hints_refused }, { object_count: 1, hints_refused: null });

    const target = `rbd:images/two:id=admin:conf=${configFile()}`;
    await ashlar("backup", "restore", "tuesday", target, "--force");
    t.is(Buffer.compare(await exported("images/one@tuesday"), await exported("images/two")), 0);
    const missing = { message: /Cannot open "rbd:images\/none": .*No such file/ };
    await t.throwsAsync(ashlar("backup", "create", "rbd:images/none"), missing);
  });
}
