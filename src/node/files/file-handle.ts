/** An open file or block device on Node. */

import type { FileHandle as NodeHandle } from "node:fs/promises";
import { StorageError } from "../../errors.js";
import type { FileHandle } from "../../ports.js";
import type { Ranges } from "../../sources/ranges.js";
import { fileDataRanges } from "./allocation.js";
import { blockDeviceSize } from "./block-device.js";
import { DirectWrites } from "./direct-writes.js";
import { toStorageError } from "./file-errors.js";

/** One system call moves at most 2 147 479 552 bytes on Linux, and Node takes no more than 2^31 − 1. */
const CALL_SIZE_MAX = 2 ** 30;

export class NodeFileHandle implements FileHandle {
  readonly #handle: NodeHandle;
  readonly #path: string;
  readonly #direct: DirectWrites;
  /** The last write through the page cache; never rejects. */
  #cachedWrite: Promise<unknown> = Promise.resolve();

  constructor(handle: NodeHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
    this.#direct = new DirectWrites(handle);
  }

  get descriptor(): number {
    return this.#handle.fd;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const length = Math.min(buffer.length - done, CALL_SIZE_MAX);
      const { bytesRead } = await this.#run("read", () =>
        this.#handle.read(buffer, done, length, position + done),
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < buffer.length) {
      const rest = buffer.subarray(done, done + CALL_SIZE_MAX);
      const start = position + done;
      const written = await this.#run(
        "write",
        async () => (await this.#direct.write(rest, start)) || (await this.#writeCached(rest, start)),
      );
      if (written === 0) throw this.#stuck(start);
      done += written;
    }
  }

  async sync(): Promise<void> {
    await this.#run("fsync", () => this.#handle.sync());
  }

  async truncate(size: number): Promise<void> {
    await this.#run("truncate", () => this.#handle.truncate(size));
  }

  async size(): Promise<number> {
    return await this.#run("measure", async () => {
      const status = await this.#handle.stat({ bigint: true });
      if (status.isBlockDevice()) return await blockDeviceSize(this.#handle, status.rdev);
      return Number(status.size);
    });
  }

  async dataRanges(size: number, signal?: AbortSignal): Promise<Ranges | undefined> {
    return await this.#run("inspect", () => fileDataRanges(this.#handle, size, signal));
  }

  async close(): Promise<void> {
    await this.#run("close", async () => {
      await this.#direct.close();
      await this.#handle.close();
    });
  }

  /**
   * Writes one at a time, because the system allows only one write into a file's cache, and others spin: three at once
   * took 0.46 s of processor time for a gigabyte, sequential ones 0.35 (docs/decisions/0055-direct-writes.md).
   */
  async #writeCached(bytes: Uint8Array, position: number): Promise<number> {
    const write = this.#cachedWrite.then(() => this.#handle.write(bytes, 0, bytes.length, position));
    this.#cachedWrite = write.catch(() => {});
    return (await write).bytesWritten;
  }

  async #run<T>(call: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(call, this.#path, error);
    }
  }

  /** The error for a write that accepts no bytes without an error, which would otherwise be repeated for ever. */
  #stuck(position: number): StorageError {
    return new StorageError(
      `Cannot write ${JSON.stringify(this.#path)}: the system took no byte at offset ${position}`,
      { call: "write" },
    );
  }
}
