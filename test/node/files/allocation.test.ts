/** Data ranges of sparse files, by the programs that ask the system for them. */
import { existsSync } from "node:fs";
import { chmod, mkdir, open, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { fileDataRanges } from "../../../src/node/files/allocation.js";
import { isOutside, type Ranges } from "../../../src/sources/ranges.js";
import { MIB } from "../../../src/units.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

const SIZE = 300 * MIB + 5;
const WRITTEN = [0, 100 * MIB - 3, 299 * MIB, SIZE - 1];
/** Larger than the blocks of any file system here. */
const BLOCK_MAX = 2 * MIB;

/** A directory with only this program of the system's, for PATH. */
async function only(t: ExecutionContext, program: string, path: string): Promise<string> {
  const directory = await temporaryDirectory(t);
  await symlink(path, join(directory, program));
  return directory;
}

async function sparseFile(t: ExecutionContext) {
  const directory = await temporaryDirectory(t);
  const handle = await open(join(directory, "sparse"), "w+");
  t.teardown(() => handle.close());
  await handle.truncate(SIZE);
  for (const at of WRITTEN) await handle.write(new Uint8Array([1]), 0, 1, at);
  return { handle, directory };
}

function checkRanges(t: ExecutionContext, ranges: Ranges | undefined): void {
  t.truthy(ranges);
  for (const at of WRITTEN) t.false(isOutside(ranges!, at, 1), String(at));
  t.true(isOutside(ranges!, BLOCK_MAX, 98 * MIB - BLOCK_MAX), JSON.stringify(ranges));
  t.is(ranges!.at(-1)!.offset + ranges!.at(-1)!.length, SIZE);
}

if (process.platform === "linux") {
  test("holes are found by Perl, or else by Python, at once after a write", async (t) => {
    const { handle } = await sparseFile(t);
    checkRanges(t, await fileDataRanges(handle, SIZE));
    for (const [program, path] of [
      ["perl", "/usr/bin/perl"],
      ["python3", "/usr/bin/python3"],
    ] as const)
      if (existsSync(path))
        checkRanges(t, await fileDataRanges(handle, SIZE, undefined, { PATH: await only(t, program, path) }));
    await handle.write(new Uint8Array([1]), 0, 1, 200 * MIB);
    t.false(isOutside((await fileDataRanges(handle, SIZE))!, 200 * MIB, 1));
  });

  test("a file without a byte, and a file that has grown since", async (t) => {
    const { handle } = await sparseFile(t);
    await handle.truncate(0);
    await handle.truncate(SIZE);
    t.deepEqual(await fileDataRanges(handle, SIZE), []);
    await handle.write(new Uint8Array(8 * MIB).fill(1), 0, 8 * MIB, SIZE - 10);
    const [range] = (await fileDataRanges(handle, SIZE))!;
    t.is(range!.offset + range!.length, SIZE);
  });

  test("a program that is missing, fails, or ends early: the ranges are unknown", async (t) => {
    const { handle, directory } = await sparseFile(t);
    const without = (PATH: string) => fileDataRanges(handle, SIZE, undefined, { PATH });
    t.is(await without(directory), undefined);
    // Node refuses such an environment as it refuses a process without the permission: it throws.
    t.is(await without("\0"), undefined);
    await mkdir(join(directory, "bin"));
    for (const script of ["exit 3", "echo 5 7", "echo 5 7; echo end; exit 1", "echo end; echo 5 7"]) {
      const program = join(directory, "bin", "perl");
      await writeFile(program, `#!/bin/sh\n${script}\n`);
      await chmod(program, 0o755);
      t.is(await without(join(directory, "bin")), undefined, script);
    }
    await t.throwsAsync(fileDataRanges(handle, SIZE, AbortSignal.abort(new Error("stopped"))), {
      message: "stopped",
    });
  });
}

test("a file whose holes are small is not asked about", async (t) => {
  const directory = await temporaryDirectory(t);
  const handle = await open(join(directory, "small"), "w+");
  t.teardown(() => handle.close());
  await handle.truncate(60 * MIB);
  t.is(await fileDataRanges(handle, 60 * MIB), undefined);
});
