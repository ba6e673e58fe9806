/** How many objects of a plan are open at once when the volume is read from its beginning to its end. */
import type { PlannedObject } from "./plan.js";

/** How many objects give bytes before and behind one byte of the volume, at the byte where there are most. */
export function openObjectsMax(objects: readonly PlannedObject[]): number {
  const starts = objects.map(firstOffsetOf).sort((a, b) => a - b);
  const ends = objects.map(endOf).sort((a, b) => a - b);
  let ended = 0;
  let most = 0;
  starts.forEach((start, begun) => {
    while (ends[ended]! <= start) ended++;
    most = Math.max(most, begun + 1 - ended);
  });
  return most;
}

/** Offset of the first byte of the volume that the object gives. */
export function firstOffsetOf({ ranges }: PlannedObject): number {
  return ranges[0]!.offset;
}

function endOf({ ranges }: PlannedObject): number {
  const last = ranges.at(-1)!;
  return last.offset + last.length;
}
