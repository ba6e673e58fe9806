/** Bytes and numbers that look random and are the same in every run: the key stream of AES-CTR under a seed. */
import { type Cipher, createCipheriv } from "node:crypto";

export class SeededBytes {
  readonly #stream: Cipher;

  constructor(seed: number) {
    const key = Buffer.alloc(16);
    key.writeDoubleLE(seed);
    this.#stream = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  }

  bytes(length: number): Uint8Array {
    return this.#stream.update(Buffer.alloc(length));
  }

  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number {
    return Math.floor((Buffer.from(this.bytes(4)).readUInt32LE() / 2 ** 32) * limit);
  }

  /** The same items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }
}
