/** The capacity of a block device, for which `stat` reports length 0. */

import { type FileHandle, readFile } from "node:fs/promises";
import { deviceNumber } from "./device-number.js";
import { errorCode } from "./file-errors.js";

/** The unit of `/sys/dev/block/…/size`, whatever the device's own sector size (linux/types.h, `sector_t`). */
const SECTOR_SIZE = 512;

/** Bytes of the block device with number `rdev`, which `handle` has open for reading. */
export async function blockDeviceSize(handle: FileHandle, rdev: bigint): Promise<number> {
  return (await sizeFromSystem(rdev)) ?? (await sizeFromReads(handle));
}

/** The size in bytes by sysfs; `undefined` if there is none (in a container, on another system). */
export async function sizeFromSystem(rdev: bigint): Promise<number | undefined> {
  try {
    const text = await readFile(`/sys/dev/block/${deviceNumber(rdev)}/size`, "utf8");
    return Number.parseInt(text, 10) * SECTOR_SIZE;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Finds the end by reading single sectors: doubling until one is missing, then bisecting. */
export async function sizeFromReads(handle: Pick<FileHandle, "read">): Promise<number> {
  const sector = new Uint8Array(SECTOR_SIZE);
  const isThere = async (index: number): Promise<boolean> =>
    (await handle.read(sector, 0, SECTOR_SIZE, index * SECTOR_SIZE)).bytesRead > 0;

  if (!(await isThere(0))) return 0;
  let last = 0;
  let missing = 1;
  while (await isThere(missing)) {
    last = missing;
    missing *= 2;
  }
  while (missing - last > 1) {
    const middle = last + Math.floor((missing - last) / 2);
    if (await isThere(middle)) last = middle;
    else missing = middle;
  }
  return missing * SECTOR_SIZE;
}
