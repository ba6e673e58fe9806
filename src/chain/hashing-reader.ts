import type { ByteReader } from "../format/digest-table-reader.js";
import type { RunningHash } from "../ports.js";

/** A reader of an object that tells how long it is. */
type SizedReader = ByteReader & { readonly size: number };

/** Hands on what it reads of an object, hashed on the way. Asks nobody what follows the object's last byte. */
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

  /** Hash of all that was read; the reader is spent afterwards. */
  hex(): string {
    return this.#hash.hex();
  }
}
