/** The object for each byte of a volume: the ranges of a restore plan, in order of their offsets. */
import type { Chain } from "../chain/chain.js";
import { type ImageObject, imageObjectOf } from "./image-object.js";

/** Bytes `[offset, end)` of the volume, all in one object. */
export interface Segment {
  readonly offset: number;
  readonly end: number;
  readonly object: ImageObject;
}

/** All bytes of the volume, ascending, without a gap. */
export function segmentsOf({ links, plan }: Pick<Chain, "links" | "plan">): readonly Segment[] {
  const segments: Segment[] = [];
  for (const { linkIndex, object: entry, ranges } of plan.objects) {
    const object = imageObjectOf(links[linkIndex]!, entry);
    for (const { offset, length } of ranges) segments.push({ offset, end: offset + length, object });
  }
  return segments.sort((a, b) => a.offset - b.offset);
}

/** The segment that contains byte `offset`, which must be inside the volume. */
export function segmentAt(segments: readonly Segment[], offset: number): Segment {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (segments[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  return segments[low]!;
}
