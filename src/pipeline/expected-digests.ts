/**
 * The digests that restored blocks must have: the newest table of the chain, read as a stream.
 *
 * Objects are restored in the order of their offsets, but an object of a newer layer may lie inside an older one, so
 * the stream is kept from the current object's start on. What is kept is at most the digests of one object, a
 * thousandth of its size at the usual block size, and what was read ahead.
 */
import { IntegrityError, type IntegrityPlace } from "../errors.js";
import { DIGEST_SIZE } from "../units.js";
import { DIGESTS_AHEAD } from "./memory.js";

/** A table's digests in block order: fills `digests`, returns how many were left to give. */
export interface DigestStream {
  readInto(digests: Uint8Array): Promise<number>;
}

export class ExpectedDigests {
  readonly #stream: DigestStream;
  readonly #place: IntegrityPlace;
  readonly #kept: Uint8Array;
  /** Block index of the first digest kept, and how many are. */
  #first = 0;
  #count = 0;

  /**
   * @param countMax how many digests are kept at most: those of the largest object, and two times those read ahead
   * @param place whose table it is, for messages
   */
  constructor(stream: DigestStream, countMax: number, place: IntegrityPlace) {
    this.#kept = new Uint8Array(countMax * DIGEST_SIZE);
    this.#place = place;
    this.#stream = stream;
  }

  /** Drops what lies before block `index`: no later call asks for it. */
  forgetBefore(index: number): void {
    const dropped = Math.min(index - this.#first, this.#count);
    if (dropped <= 0) return;
    this.#kept.copyWithin(0, dropped * DIGEST_SIZE, this.#count * DIGEST_SIZE);
    this.#first += dropped;
    this.#count -= dropped;
  }

  /**
   * The digests of `count` blocks from block `index` on, as a view that is good until the next call.
   * @throws IntegrityError when the table ends before
   */
  async get(index: number, count: number): Promise<Uint8Array> {
    const from = index - this.#first;
    while (this.#count < from + count) await this.#readMore();
    return this.#kept.subarray(from * DIGEST_SIZE, (from + count) * DIGEST_SIZE);
  }

  /** @throws IntegrityError unless the table has exactly `blockCount` digests */
  async expectEnd(blockCount: number): Promise<void> {
    const extra = await this.#stream.readInto(new Uint8Array(DIGEST_SIZE));
    const found = this.#first + this.#count + extra;
    if (found !== blockCount || extra > 0) {
      throw new IntegrityError(
        `Cannot trust digest table: it does not have ${blockCount} digests`,
        this.#place,
      );
    }
  }

  async #readMore(): Promise<void> {
    const free = this.#kept.subarray(this.#count * DIGEST_SIZE, (this.#count + DIGESTS_AHEAD) * DIGEST_SIZE);
    const count = await this.#stream.readInto(free);
    if (count === 0) {
      throw new IntegrityError("Cannot verify block: the digest table ends before it", {
        ...this.#place,
        blockIndex: this.#first + this.#count,
      });
    }
    this.#count += count;
  }
}
