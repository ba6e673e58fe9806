/** Ranges of a volume that may have changed since its latest backup; everything else is claimed to be unchanged. */

/** A range of bytes. */
export interface ByteRange {
  /** Bytes from the beginning of the volume. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** In order, without overlaps, and without gaps of no length. */
export type ChangedRanges = readonly ByteRange[];

/** What a list of changes says. */
export interface ParsedHints {
  readonly ranges: readonly ByteRange[];
  /** Bytes that the list speaks of from the beginning of the volume on, if it lists what is unchanged too. */
  readonly coveredSize?: number | undefined;
  /** Bytes of the unit that ranges are rounded to, so that the last may end beyond the volume. @default {1} */
  readonly unit?: number | undefined;
}

/** Orders and joins ranges; those of no length are left out. */
export function changedRanges(ranges: Iterable<ByteRange>): ChangedRanges {
  const ordered = [...ranges].filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of ordered) {
    const last = joined.at(-1);
    if (last === undefined || offset > last.offset + last.length) joined.push({ offset, length });
    else last.length = Math.max(last.length, offset + length - last.offset);
  }
  return joined;
}

/**
 * Whether a range is claimed to be unchanged. The volume's last block never is: its digest depends on the volume's size,
 * which the parent need not share.
 */
export function isUnchanged(
  ranges: ChangedRanges,
  offset: number,
  length: number,
  volumeSize: number,
): boolean {
  const end = offset + length;
  if (end >= volumeSize) return false;
  const after = firstEndingAfter(ranges, offset);
  return after === undefined || after.offset >= end;
}

/** The first range that ends beyond `offset`, by bisection. */
function firstEndingAfter(ranges: ChangedRanges, offset: number): ByteRange | undefined {
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
