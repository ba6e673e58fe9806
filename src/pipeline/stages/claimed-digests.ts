/** Digests of windows that were not read: those of the parent, whose table is read in step with the windows. */
import { IntegrityError } from "../../errors.js";
import { DIGEST_SIZE } from "../../units.js";
import type { ParentDigests } from "./parent-digests.js";
import type { DigestedWindow } from "./window.js";

/** Reads the parent's digests in step with the windows of a backup, and fills in those of windows that were not read. */
export class ClaimedDigests {
  readonly #parent: ParentDigests;
  readonly #blockSize: number;
  /** For digests of windows that were read, which nobody needs. */
  #unused = new Uint8Array(0);

  constructor(parent: ParentDigests, blockSize: number) {
    this.#parent = parent;
    this.#blockSize = blockSize;
  }

  /**
   * Fills the digests of the next window if it was not read. Called for each window, in order.
   * @throws IntegrityError if the parent's table ends before the window does
   */
  async fill({ digests, isClaimed, offset }: DigestedWindow): Promise<void> {
    if (this.#unused.length < digests.length) this.#unused = new Uint8Array(digests.length);
    const target = isClaimed ? digests : this.#unused.subarray(0, digests.length);
    const count = await this.#parent.readInto(target);
    if (count * DIGEST_SIZE === digests.length) return;
    throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume", {
      blockIndex: offset / this.#blockSize + count,
    });
  }
}
