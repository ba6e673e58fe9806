/** Reads one object of a directory. An object that is replaced meanwhile is read on as it was. */

import { StorageError } from "../errors.js";
import type { FileHandle } from "../ports.js";
import type { ObjectReader } from "./sink.js";

export class PosixReader implements ObjectReader {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #path: string;
  #position = 0;

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.size = size;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    const length = Math.min(buffer.length, this.size - this.#position);
    if (length === 0) return 0;
    const count = await this.#handle.read(buffer.subarray(0, length), this.#position);
    this.#position += count;
    if (count < length) {
      throw new StorageError(
        `Cannot read ${JSON.stringify(this.#path)}: it ends at byte ${this.#position}, and had ${this.size} bytes when it was opened`,
        { operation: "read" },
      );
    }
    return count;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
