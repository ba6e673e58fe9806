/**
 * The digests that restored blocks must have: the newest table of the chain, read as a stream.
 *
 * Objects are started in the order of their offsets, a few at once, and an object of a newer link may lie inside an
 * older one. So digests are kept from the start of the first unfinished object: at most those of the objects restored
 * at once, a thousandth of their size at the usual block size, and those read ahead.
 */
import { type DamageLocation, IntegrityError } from "../../errors.js";
import { DIGEST_SIZE } from "../../units.js";
import { DIGESTS_AHEAD } from "../memory/plan.js";

/** A table's digests in block order. `readInto` fills `digests` and returns how many were left to read. */
export interface DigestStream {
  readInto(digests: Uint8Array): Promise<number>;
}

/** The digests that blocks must have, kept while `verify` needs them. */
export class ExpectedDigests {
  readonly #stream: DigestStream;
  readonly #location: DamageLocation;
  readonly #kept: Uint8Array;
  /** Block index of the first digest kept, and the number kept. */
  #first = 0;
  #count = 0;
  #wantedFrom = 0;
  /** Resolves when no read is in progress. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param countMax the most digests kept: those between `forgetBefore` and `reach`, and twice those read ahead
   * @param@param location the table's location, for messages
   */
  constructor(stream: DigestStream, countMax: number, location: DamageLocation) {
    this.#kept = new Uint8Array(countMax * DIGEST_SIZE);
    this.#location = location;
    this.#stream = stream;
  }

  /** Allows digests before block `index` to be dropped: no later call needs them. */
  forgetBefore(index: number): void {
    this.#wantedFrom = index;
  }

  /**
   * Reads until the digests before block `end` are available.
   * @throws IntegrityError when the table ends before that
   */
  reach(end: number): Promise<void> {
    const reached = this.#turn.then(async () => {
      while (this.#first + this.#count < end) await this.#readMore();
    });
    this.#turn = reached.catch(() => {});
    return reached;
  }

  /** The digests of `count` blocks from block `index` on, all reached before: a view, valid until the next call. */
  view(index: number, count: number): Uint8Array {
    const from = index - this.#first;
    return this.#kept.subarray(from * DIGEST_SIZE, (from + count) * DIGEST_SIZE);
  }

  /** @throws IntegrityError unless the table has exactly `blockCount` digests */
  async expectEnd(blockCount: number): Promise<void> {
    // Objects finished before this stream was opened have not requested their digests.
    this.forgetBefore(blockCount);
    await this.reach(blockCount);
    const extra = await this.#stream.readInto(new Uint8Array(DIGEST_SIZE));
    const found = this.#first + this.#count + extra;
    if (found !== blockCount || extra > 0) {
      throw new IntegrityError(
        `Cannot trust digest table: it does not have ${blockCount} digests`,
        this.#location,
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
        ...this.#location,
        blockIndex: this.#first + this.#count,
      });
    }
    this.#count += count;
  }
}
