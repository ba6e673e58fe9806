/** Collects the ranges of a volume whose bytes are not those of a backup. Neighbours become one range. */
import type { Range } from "../chain/plan.js";

/** Ranges that are kept one by one. More of them say no more, and memory has to have a bound. */
const DIFFERING_RANGES_MAX = 100_000;

export class DifferingRanges {
  readonly #ranges: Range[] = [];
  #size = 0;
  #isCut = false;

  /** Ranges have to come in the order of their offsets. */
  add({ offset, length }: Range): void {
    if (length === 0) return;
    this.#size += length;
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.offset + last.length === offset)
      this.#ranges[this.#ranges.length - 1] = { offset: last.offset, length: last.length + length };
    else if (this.#ranges.length < DIFFERING_RANGES_MAX) this.#ranges.push({ offset, length });
    else this.#isCut = true;
  }

  get list(): readonly Range[] {
    return this.#ranges;
  }

  /** Bytes of all ranges, also of those that are not in the list. */
  get size(): number {
    return this.#size;
  }

  /** Whether there were more ranges than the list has. */
  get isCut(): boolean {
    return this.#isCut;
  }
}
