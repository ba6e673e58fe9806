/** The number of a plan's objects that are open at once while the volume is read from start to end. */
import type { PlannedObject } from "./plan.js";

/** The maximum over all bytes of the volume; an object is open from its first byte to its last. */
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

/** Offset in the volume of the first byte that comes from the object. */
export function firstOffsetOf({ ranges }: PlannedObject): number {
  return ranges[0]!.offset;
}

function endOf({ ranges }: PlannedObject): number {
  const last = ranges.at(-1)!;
  return last.offset + last.length;
}
