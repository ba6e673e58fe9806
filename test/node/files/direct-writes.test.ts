import { randomFillSync } from "node:crypto";
import { readdir, readFile, readlink, statfs } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { PAGE_SIZE, pageAlignedMemory, startsOnPage } from "../../../src/node/files/page-aligned.js";
import { MIB } from "../../../src/units.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

const O_DIRECT = 0o40000;
const FILE_SIZE = 6 * MIB + 100;

/** Writes of every kind that leave no byte of the file out: [start, end) of the file, and where they lie in memory. */
const WRITES: readonly (readonly [start: number, end: number, shift: number])[] = [
  [0, MIB, 0],
  [MIB, 2 * MIB, 1],
  [2 * MIB, 3 * MIB + 10, 0],
  [3 * MIB + 10, 4 * MIB, 0],
  [4 * MIB, 4 * MIB + PAGE_SIZE, 0],
  [4 * MIB + PAGE_SIZE, 5 * MIB, PAGE_SIZE],
  [5 * MIB, FILE_SIZE, 2 * PAGE_SIZE],
];

test("writes of all alignments, at once and one after the other, make the file they should", async (t) => {
  const directory = await temporaryDirectory(t);
  const expected = randomFillSync(new Uint8Array(FILE_SIZE));
  for (const atOnce of [true, false]) {
    const path = join(directory, `file-${atOnce}`);
    const file = await nodeFileSystem.open(path, "create");
    const writes = WRITES.map(([start, end, shift]) => async () => {
      const bytes = new Uint8Array(pageAlignedMemory(2 * MIB), shift, end - start);
      bytes.set(expected.subarray(start, end));
      await file.write(bytes, start);
    });
    if (atOnce) await Promise.all(writes.map((write) => write()));
    else for (const write of writes) await write();
    await file.close();
    t.deepEqual(new Uint8Array(await readFile(path)), expected);
  }
});

test("whole pages go past the cache where the file system is known to take them so", async (t) => {
  const directory = await temporaryDirectory(t);
  const isKnown =
    process.platform === "linux" && [0xef53, 0x58465342].includes((await statfs(directory)).type);
  const path = join(directory, "file");
  const file = await nodeFileSystem.open(path, "create");
  await file.write(new Uint8Array(MIB), 0);
  t.false(await isOpenedDirectly(path), "memory that starts anywhere");
  await file.write(new Uint8Array(pageAlignedMemory(MIB)).fill(1), 0);
  t.is(await isOpenedDirectly(path), isKnown, "memory that starts on a page");
  await file.close();
  t.false(await isOpenedDirectly(path), "closed with the file");
});

test("where there is no going past the cache, writes go through it", async (t) => {
  const handle = await nodeFileSystem.open("/dev/null", "update");
  await handle.write(new Uint8Array(pageAlignedMemory(MIB)), 0);
  t.false(await isOpenedDirectly("/dev/null"));
  await handle.close();
});

test("memory starts on a page only if it was made so", (t) => {
  const buffer = pageAlignedMemory(3 * PAGE_SIZE);
  t.true(buffer.byteLength >= 3 * PAGE_SIZE);
  t.true(startsOnPage(new Uint8Array(buffer)));
  t.true(startsOnPage(new Uint8Array(buffer, PAGE_SIZE)));
  t.false(startsOnPage(new Uint8Array(buffer, 512)));
  t.false(startsOnPage(new Uint8Array(new SharedArrayBuffer(PAGE_SIZE))));
});

/** Whether this process has the file open with O_DIRECT. */
async function isOpenedDirectly(path: string): Promise<boolean> {
  for (const descriptor of await readdir("/proc/self/fd").catch(() => [])) {
    if ((await readlink(`/proc/self/fd/${descriptor}`).catch(() => "")) !== path) continue;
    const flags = /flags:\s*([0-7]+)/.exec(await readFile(`/proc/self/fdinfo/${descriptor}`, "utf8"));
    if ((Number.parseInt(flags?.[1] ?? "0", 8) & O_DIRECT) !== 0) return true;
  }
  return false;
}
