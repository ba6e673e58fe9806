/** Reads one object of a directory. If the object is replaced meanwhile, the old one is read to its end. */

import { StorageError } from "../../errors.js";
import type { FileHandle } from "../../ports.js";
import type { ObjectReader } from "../sink.js";

export interface PosixReaderOptions {
  readonly path: string;
  readonly size: number;
  /** Position of the first byte to read. */
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
}

export class PosixReader implements ObjectReader {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  #position: number;

  constructor(handle: FileHandle, { path, size, offset, signal }: PosixReaderOptions) {
    this.#handle = handle;
    this.#path = path;
    this.size = size;
    this.#position = offset;
    this.#signal = signal;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    this.#signal?.throwIfAborted();
    const length = Math.min(buffer.length, this.size - this.#position);
    if (length === 0) return 0;
    const count = await this.#handle.read(buffer.subarray(0, length), this.#position);
    this.#position += count;
    if (count < length) {
      throw new StorageError(
        `Cannot read ${JSON.stringify(this.#path)}: it ends at byte ${this.#position}, and had ${this.size} bytes when it was opened`,
        { call: "read" },
      );
    }
    return count;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
