/** Sets of bytes of a volume, as ranges. */

/** A range of bytes. */
export interface ByteRange {
  /** Bytes from the beginning of the volume. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** In order, without overlaps, and without gaps of no length. */
export type Ranges = readonly ByteRange[];

/** More ranges than this are joined over the shortest gaps: their memory must not grow with the volume. */
const COUNT_MAX = 65_536;

/** Orders and joins ranges; those of no length are left out. */
export function joinedRanges(ranges: Iterable<ByteRange>): Ranges {
  const ordered = [...ranges].filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  const collector = new RangeCollector(Number.POSITIVE_INFINITY);
  for (const { offset, length } of ordered) collector.add(offset, length);
  return collector.ranges;
}

/**
 * Collects ranges in order, and joins those that touch. If they become too many, it also joins those with short gaps
 * between them: the longest such gap doubles until the ranges are few enough.
 */
export class RangeCollector {
  readonly #countMax: number;
  #ranges: { offset: number; length: number }[] = [];
  #gapMin = 1;

  constructor(countMax: number = COUNT_MAX) {
    this.#countMax = countMax;
  }

  get ranges(): Ranges {
    return this.#ranges;
  }

  /** Adds a range that begins at or after the beginning of the one before. */
  add(offset: number, length: number): void {
    const last = this.#ranges.at(-1);
    if (last === undefined || offset - (last.offset + last.length) >= this.#gapMin)
      this.#ranges.push({ offset, length });
    else last.length = Math.max(last.length, offset + length - last.offset);
    while (this.#ranges.length > this.#countMax) this.#coarsen();
  }

  #coarsen(): void {
    const fine = this.#ranges;
    this.#gapMin *= 2;
    this.#ranges = [];
    for (const { offset, length } of fine) this.add(offset, length);
  }
}

/** Bytes of all ranges. */
export function bytesOf(ranges: Ranges): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Whether no range has any of `length` bytes at `offset`. */
export function isOutside(ranges: Ranges, offset: number, length: number): boolean {
  const after = firstEndingAfter(ranges, offset);
  return after === undefined || after.offset >= offset + length;
}

/** The first range that ends beyond `offset`, by bisection. */
export function firstEndingAfter(ranges: Ranges, offset: number): ByteRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { offset: start, length } = ranges[middle]!;
    if (start + length > offset) high = middle;
    else low = middle + 1;
  }
  return ranges[low];
}
