/** An open file or block device of Node's. */

import type { FileHandle as NodeHandle } from "node:fs/promises";
import { StorageError } from "../errors.js";
import type { FileHandle } from "../ports.js";
import { blockDeviceSize } from "./block-device.js";
import { toStorageError } from "./file-errors.js";

/** One system call moves at most 2 147 479 552 bytes on Linux, and Node takes no more than 2^31 − 1. */
const CALL_SIZE_MAX = 2 ** 30;

export class NodeFileHandle implements FileHandle {
  readonly #handle: NodeHandle;
  readonly #path: string;

  constructor(handle: NodeHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
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
      const length = Math.min(buffer.length - done, CALL_SIZE_MAX);
      const { bytesWritten } = await this.#run("write", () =>
        this.#handle.write(buffer, done, length, position + done),
      );
      if (bytesWritten === 0) throw this.#stuck(position + done);
      done += bytesWritten;
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

  async close(): Promise<void> {
    await this.#run("close", () => this.#handle.close());
  }

  async #run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(operation, this.#path, error);
    }
  }

  /** A write that takes nothing and reports nothing would loop for ever. */
  #stuck(position: number): StorageError {
    return new StorageError(
      `Cannot write ${JSON.stringify(this.#path)}: the system took no byte at offset ${position}`,
      { operation: "write" },
    );
  }
}
