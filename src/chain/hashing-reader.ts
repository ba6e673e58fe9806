import type { ByteReader } from "../format/digest-table-reader.js";
import type { RunningHash } from "../ports.js";

/** Hands on what it reads, hashed on the way. */
export class HashingReader implements ByteReader {
  readonly #reader: ByteReader;
  readonly #hash: RunningHash;

  constructor(reader: ByteReader, hash: RunningHash) {
    this.#reader = reader;
    this.#hash = hash;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    const count = await this.#reader.readInto(buffer);
    this.#hash.update(buffer.subarray(0, count));
    return count;
  }

  /** Hash of all that was read; the reader is spent afterwards. */
  hex(): string {
    return this.#hash.hex();
  }
}
