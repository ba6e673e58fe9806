import type { ByteReader } from "../format/digest-table-reader.js";
import type { RunningHash } from "../ports.js";

/** A reader of an object, with the object's size. */
type SizedReader = ByteReader & { readonly size: number };

/** Reads an object and hashes the bytes on the way. It does not read beyond the object's last byte. */
export class HashingReader implements ByteReader {
  readonly #object: SizedReader;
  readonly #hash: RunningHash;
  #left: number;

  constructor(object: SizedReader, hash: RunningHash) {
    this.#object = object;
    this.#hash = hash;
    this.#left = object.size;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    if (this.#left === 0) return 0;
    const count = await this.#object.readInto(buffer);
    this.#left -= count;
    this.#hash.update(buffer.subarray(0, count));
    return count;
  }

  /** Hash of everything read, hexadecimal; the reader cannot be used afterwards. */
  hex(): string {
    return this.#hash.hex();
  }
}
