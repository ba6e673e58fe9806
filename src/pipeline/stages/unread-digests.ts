/** Digests of windows that were not read: the new table's are those of the parent, whose table is read in step. */
import { IntegrityError } from "../../errors.js";
import { countOf, DIGEST_SIZE } from "../../units.js";
import type { EntryCollector, ParentDigests } from "./parent-digests.js";
import type { Window } from "./window.js";

/** Copies what lies between the windows of a backup from the parent's table to the new one. */
export class UnreadDigests {
  readonly #parent: ParentDigests;
  readonly #table: EntryCollector;
  readonly #blockSize: number;
  /** Block index that the parent's table has been read to. */
  #next = 0;

  constructor(parent: ParentDigests, table: EntryCollector, blockSize: number) {
    this.#parent = parent;
    this.#table = table;
    this.#blockSize = blockSize;
  }

  /**
   * Copies the digests of all blocks before the window, and returns the parent's digests of the window itself. Called
   * for each window, in order.
   * @throws IntegrityError if the parent's table ends before the window does
   */
  async upTo({ offset, bytes }: Window): Promise<Uint8Array> {
    const first = offset / this.#blockSize;
    const digests = new Uint8Array(countOf(bytes.length, this.#blockSize) * DIGEST_SIZE);
    const copied = await this.#parent.copyTo(this.#table, first - this.#next);
    this.#check(copied, first - this.#next);
    this.#next = first;
    const count = await this.#parent.readInto(digests);
    this.#check(count, digests.length / DIGEST_SIZE);
    this.#next += count;
    return digests;
  }

  #check(count: number, wanted: number): void {
    if (count === wanted) return;
    throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume", {
      blockIndex: this.#next + count,
    });
  }
}
