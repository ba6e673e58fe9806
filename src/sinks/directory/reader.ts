/** Reads a file as it was when it was opened; once it has changed, further reads fail. */
import { StorageError } from "../../errors.js";
import type { ObjectReader } from "../sink.js";
import { directoryError } from "./errors.js";

export interface DirectoryReaderOptions {
  readonly name: string;
  /** Position of the first byte to read. */
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
}

export class DirectoryReader implements ObjectReader {
  readonly size: number;
  readonly #file: File;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  #position: number;

  constructor(file: File, { name, offset, signal }: DirectoryReaderOptions) {
    this.size = file.size;
    this.#file = file;
    this.#name = name;
    this.#signal = signal;
    this.#position = offset;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    this.#signal?.throwIfAborted();
    const length = Math.min(buffer.length, this.size - this.#position);
    if (length === 0) return 0;
    const bytes = await this.#read(length);
    this.#signal?.throwIfAborted();
    buffer.set(bytes);
    this.#position += length;
    return length;
  }

  async close(): Promise<void> {}

  async #read(length: number): Promise<Uint8Array> {
    const what = `read object ${JSON.stringify(this.#name)}`;
    try {
      const bytes = await this.#file.slice(this.#position, this.#position + length).arrayBuffer();
      if (bytes.byteLength === length) return new Uint8Array(bytes);
    } catch (error) {
      throw directoryError(error, what, "read");
    }
    throw new StorageError(
      `Cannot ${what}: it had ${this.size} bytes when it was opened, and has fewer now`,
      {
        call: "read",
      },
    );
  }
}
