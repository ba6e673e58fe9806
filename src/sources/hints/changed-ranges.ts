/** Ranges of a volume that may have changed since its latest backup; everything else is claimed to be unchanged. */

import { type ByteRange, isOutside, joinedRanges, type Ranges } from "../ranges.js";

export type ChangedRanges = Ranges;

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
  return joinedRanges(ranges);
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
  return offset + length < volumeSize && isOutside(ranges, offset, length);
}
