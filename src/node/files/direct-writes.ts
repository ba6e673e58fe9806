/**
 * Large writes past the page cache (O_DIRECT), directly from the window's memory to the device.
 *
 * Backups and restores move more data than fits into memory, which is not read again soon, so the cache only costs: a
 * restore of a gigabyte took 5.2 s of processor time through it and 2.9 past it (docs/decisions/0055-direct-writes.md).
 * Direct writes also leave the cache to the machine's other work.
 *
 * Used on block devices and on file systems that are known to do it well. If one refuses, writes use the page cache.
 */
import { constants } from "node:fs";
import { type FileHandle as NodeHandle, open, statfs } from "node:fs/promises";
import { errorCode } from "./file-errors.js";
import { PAGE_SIZE, startsOnPage } from "./page-aligned.js";

/** Smaller writes are left to the cache, because each direct write waits for the device. */
const LENGTH_MIN = 256 * 1024;

/** `statfs` types of ext2 to ext4, and of XFS (linux/magic.h). */
const FILE_SYSTEMS: ReadonlySet<number> = new Set([0xef53, 0x58465342]);

export class DirectWrites {
  readonly #file: NodeHandle;
  #opened: Promise<NodeHandle | undefined> | undefined;
  #isRefused = false;

  /** @param file open for writing; the caller closes it */
  constructor(file: NodeHandle) {
    this.#file = file;
  }

  /** Writes the start of `buffer`; returns the number of bytes, 0 if they must go through the page cache. */
  async write(buffer: Uint8Array, position: number): Promise<number> {
    const length = buffer.length - (buffer.length % PAGE_SIZE);
    if (this.#isRefused || length < LENGTH_MIN || position % PAGE_SIZE !== 0 || !startsOnPage(buffer))
      return 0;
    this.#opened ??= openDirect(this.#file);
    const direct = await this.#opened;
    if (direct === undefined) return 0;
    try {
      return (await direct.write(buffer, 0, length, position)).bytesWritten;
    } catch (error) {
      // The device's blocks are larger than a page, or its driver does not support direct writes.
      if (errorCode(error) !== "EINVAL") throw error;
      this.#isRefused = true;
      return 0;
    }
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}

/** Opens the same file again, by its descriptor, because its name may refer to another file by now. */
async function openDirect(file: NodeHandle): Promise<NodeHandle | undefined> {
  if (process.platform !== "linux") return undefined;
  const path = `/proc/self/fd/${file.fd}`;
  try {
    const isKnown = (await file.stat()).isBlockDevice() || FILE_SYSTEMS.has((await statfs(path)).type);
    return isKnown ? await open(path, constants.O_WRONLY | constants.O_DIRECT) : undefined;
  } catch {
    return undefined;
  }
}
