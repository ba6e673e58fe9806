/**
 * The digests that restored blocks must have: the newest table of the chain, read as a stream.
 *
 * Objects are begun in the order of their offsets, a few at once, and one of a newer layer may lie inside an older one.
 * So the stream is kept from the start of the first object that is not done. What is kept is at most the digests of as
 * many objects as are restored at once, a thousandth of their size at the usual block size, and what was read ahead.
 */
import { IntegrityError, type IntegrityPlace } from "../../errors.js";
import { DIGEST_SIZE } from "../../units.js";
import { DIGESTS_AHEAD } from "../memory/plan.js";

/** A table's digests in block order: fills `digests`, returns how many were left to give. */
export interface DigestStream {
  readInto(digests: Uint8Array): Promise<number>;
}

/** The digests that blocks must have, kept for as long as `verify` needs them. */
export class ExpectedDigests {
  readonly #stream: DigestStream;
  readonly #place: IntegrityPlace;
  readonly #kept: Uint8Array;
  /** Block index of the first digest kept, and how many are. */
  #first = 0;
  #count = 0;
  #wantedFrom = 0;
  /** Resolves when no reading is under way. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param countMax how many digests are kept at most: those between `forgetBefore` and `reach`, and two times those
   * that are read ahead
   * @param place whose table it is, for messages
   */
  constructor(stream: DigestStream, countMax: number, place: IntegrityPlace) {
    this.#kept = new Uint8Array(countMax * DIGEST_SIZE);
    this.#place = place;
    this.#stream = stream;
  }

  /** No later call asks for what lies before block `index`. */
  forgetBefore(index: number): void {
    this.#wantedFrom = index;
  }

  /**
   * Reads on until the digests before block `end` are there.
   * @throws IntegrityError when the table ends before
   */
  reach(end: number): Promise<void> {
    const reached = this.#turn.then(async () => {
      while (this.#first + this.#count < end) await this.#readMore();
    });
    this.#turn = reached.catch(() => {});
    return reached;
  }

  /** The digests of `count` blocks from block `index` on, which have been reached: a view, good until the next call. */
  view(index: number, count: number): Uint8Array {
    const from = index - this.#first;
    return this.#kept.subarray(from * DIGEST_SIZE, (from + count) * DIGEST_SIZE);
  }

  /** @throws IntegrityError unless the table has exactly `blockCount` digests */
  async expectEnd(blockCount: number): Promise<void> {
    // Objects that were done before this stream was opened have not asked for theirs.
    this.forgetBefore(blockCount);
    await this.reach(blockCount);
    const extra = await this.#stream.readInto(new Uint8Array(DIGEST_SIZE));
    const found = this.#first + this.#count + extra;
    if (found !== blockCount || extra > 0) {
      throw new IntegrityError(
        `Cannot trust digest table: it does not have ${blockCount} digests`,
        this.#place,
      );
    }
  }

  #dropUnwanted(): void {
    const dropped = Math.min(this.#wantedFrom - this.#first, this.#count);
    if (dropped <= 0) return;
    this.#kept.copyWithin(0, dropped * DIGEST_SIZE, this.#count * DIGEST_SIZE);
    this.#first += dropped;
    this.#count -= dropped;
  }

  async #readMore(): Promise<void> {
    this.#dropUnwanted();
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
