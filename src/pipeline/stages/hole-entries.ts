/** Entries of the digest table for holes that no window has: the digest of zeros as text, printed once. */
import { toUtf8 } from "../../bytes.js";
import { ENTRY_HEAD, ENTRY_SIZE, type EntryCollector } from "../../format/digest-table.js";
import type { Hashes } from "../../ports.js";
import type { Progress } from "../run/run.js";
import type { Window } from "./window.js";

/** Entries that are appended at once. */
const PAGE_COUNT = 455;

export interface HoleEntriesOptions {
  readonly table: Pick<EntryCollector, "appendEntries">;
  readonly blockSize: number;
  readonly hashes: Pick<Hashes, "sha256">;
  readonly progress: Pick<Progress, "digestCount" | "zeroBlockCount">;
}

export class HoleEntries {
  readonly #options: HoleEntriesOptions;
  readonly #page: Uint8Array;
  /** Byte offset in the volume up to which the table has entries. */
  #end = 0;

  constructor(options: HoleEntriesOptions) {
    const { blockSize, hashes } = options;
    const sha256 = hashes.sha256();
    sha256.update(new Uint8Array(blockSize));
    const entry = toUtf8(`${String.fromCharCode(...ENTRY_HEAD)}${sha256.hex()}"`);
    this.#options = options;
    this.#page = new Uint8Array(PAGE_COUNT * ENTRY_SIZE);
    for (let at = 0; at < this.#page.length; at += ENTRY_SIZE) this.#page.set(entry, at);
  }

  /** Appends the entries of all blocks between the window before and this one. Called for each window, in order. */
  async upTo({ offset, bytes }: Window): Promise<void> {
    const { table, blockSize, progress } = this.#options;
    const count = (offset - this.#end) / blockSize;
    this.#end = offset + bytes.length;
    for (let left = count; left > 0; left -= PAGE_COUNT)
      await table.appendEntries(this.#page.subarray(0, Math.min(left, PAGE_COUNT) * ENTRY_SIZE));
    progress.digestCount += count;
    progress.zeroBlockCount += count;
  }
}
