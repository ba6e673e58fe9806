/** A real block device, where this user may make one. */

import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { StorageError, UsageError } from "../../../src/errors.js";
import { sizeFromReads, sizeFromSystem } from "../../../src/node/files/block-device.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { openFileSource, openFileTarget } from "../../../src/sources/file.js";
import { patternBytes } from "../../../src/testing/objects.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

const run = promisify(execFile);

/** Odd in sectors, so that a bisection that is off by one shows. */
const DEVICE_SIZE = 3 * 2 ** 20 + 7 * 512;

interface Device {
  readonly path: string;
  /** The file behind it. */
  readonly imagePath: string;
}

/** In some containers a loop device can be set up, but not opened, or has another one's node. */
async function checkUsable(path: string): Promise<void> {
  const handle = await fs.open(path, "r+");
  try {
    const { buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    if (Buffer.compare(buffer, patternBytes(4096, 1)) !== 0)
      throw new Error(`${path} is another file's device`);
  } finally {
    await handle.close();
  }
}

/** A loop device, or `undefined` with the reason logged where the host does not give one. */
async function attachDevice(t: ExecutionContext): Promise<Device | undefined> {
  const directory = await temporaryDirectory(t);
  const imagePath = join(directory, "image");
  await fs.writeFile(imagePath, patternBytes(DEVICE_SIZE, 1));
  try {
    const { stdout } = await run("losetup", ["-f", "--show", imagePath]);
    const path = stdout.trim();
    // A device that the host does not let go at once is no fault of what is tested.
    t.teardown(() => run("losetup", ["-d", path]).catch((error: Error) => t.log(error.message)));
    await checkUsable(path);
    return { path, imagePath };
  } catch (error) {
    t.log(`no loop device on this host, so block devices are not tested: ${(error as Error).message}`);
    t.pass();
    return undefined;
  }
}

test.serial("a block device has its capacity, and is read to the last byte", async (t) => {
  const device = await attachDevice(t);
  if (device === undefined) return;
  t.like(await nodeFileSystem.status(device.path), { kind: "block-device", size: 0 });
  const source = await openFileSource(nodeFileSystem, device.path);
  t.is(source.size, DEVICE_SIZE);
  const bytes = new Uint8Array(DEVICE_SIZE);
  await source.readInto(bytes, 0);
  t.is(Buffer.compare(bytes, patternBytes(DEVICE_SIZE, 1)), 0);
  await t.throwsAsync(source.readInto(new Uint8Array(1), DEVICE_SIZE), { instanceOf: StorageError });
  await source.close();
});

test.serial("a block device is written in place, and sync brings it to what is below", async (t) => {
  const device = await attachDevice(t);
  if (device === undefined) return;
  const target = await openFileTarget(nodeFileSystem, device.path, { size: DEVICE_SIZE, create: false });
  t.false(target.isZeroed);
  t.is(target.size, DEVICE_SIZE);
  // Neither the offset nor the length is a multiple of a sector.
  await target.write(patternBytes(100_001, 2), 12_345);
  await target.write(patternBytes(1, 3), DEVICE_SIZE - 1);
  await target.sync();
  await target.close();

  const expected = patternBytes(DEVICE_SIZE, 1);
  expected.set(patternBytes(100_001, 2), 12_345);
  expected.set(patternBytes(1, 3), DEVICE_SIZE - 1);
  t.is(Buffer.compare(await fs.readFile(device.imagePath), expected), 0);
});

test.serial("a block device that is too small, or is to be created, is refused", async (t) => {
  const device = await attachDevice(t);
  if (device === undefined) return;
  const open = (size: number, create: boolean) =>
    openFileTarget(nodeFileSystem, device.path, { size, create });
  await t.throwsAsync(open(DEVICE_SIZE + 1, false), {
    instanceOf: UsageError,
    message: /it has room for 3149312$/,
  });
  await t.throwsAsync(open(DEVICE_SIZE, true), { instanceOf: UsageError, message: /it exists already/ });
});

test.serial("a block device is written by one at a time", async (t) => {
  const device = await attachDevice(t);
  if (device === undefined) return;
  const first = await nodeFileSystem.open(device.path, "update");
  await t.throwsAsync(nodeFileSystem.open(device.path, "update"), {
    instanceOf: StorageError,
    message: /it is in use \(mounted, or opened for writing by another process\)$/,
  });
  await first.close();
  await (await nodeFileSystem.open(device.path, "update")).close();
});

test.serial("both ways to learn a capacity agree", async (t) => {
  const device = await attachDevice(t);
  if (device === undefined) return;
  const handle = await fs.open(device.path, "r");
  const { rdev } = await handle.stat({ bigint: true });
  t.is(await sizeFromSystem(rdev), DEVICE_SIZE);
  t.is(await sizeFromReads(handle), DEVICE_SIZE);
  await handle.close();
});

test("an unknown device number has no size in the system's list", async (t) => {
  t.is(await sizeFromSystem(0xfff_fffn), undefined);
});

test("the end is found by reads, wherever it is", async (t) => {
  for (const sectorCount of [0, 1, 2, 3, 4, 5, 1023, 1024, 1025, 2 ** 40 + 1]) {
    let readCount = 0;
    const read = async (_buffer: unknown, _offset: unknown, length: number, position: number) => {
      readCount++;
      return { bytesRead: position / 512 < sectorCount ? length : 0 };
    };
    t.is(await sizeFromReads({ read } as never), sectorCount * 512);
    t.true(readCount <= 84, `${readCount} reads`);
  }
});
