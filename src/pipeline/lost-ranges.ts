/** The bytes of a volume that a salvage could not restore, and why. */
import type { Range } from "../chain/plan.js";
import type { IntegrityError } from "../errors.js";

/** Lost bytes of the volume, and the damage that they were lost to. */
export interface LostRange extends Range {
  readonly error: IntegrityError;
}

/** A lost range, and the link of the chain that should have it. */
export interface LostFromLink extends LostRange {
  readonly linkIndex: number;
}

/** Collects lost ranges. Neighbours that were lost for one reason become one range. */
export class LostRanges {
  readonly #byReason = new Map<string, LostFromLink[]>();

  add(lost: LostFromLink): void {
    const { reason, location } = lost.error;
    const key = JSON.stringify([lost.linkIndex, location.backupId, location.objectName, reason]);
    const ranges = this.#byReason.get(key) ?? [];
    this.#byReason.set(key, ranges);
    const last = ranges.at(-1);
    if (last !== undefined && endOf(last) === lost.offset)
      ranges[ranges.length - 1] = { ...last, length: last.length + lost.length };
    else ranges.push(lost);
  }

  /** In the order of their offsets. */
  list(): readonly LostFromLink[] {
    return [...this.#byReason.values()].flat().sort((a, b) => a.offset - b.offset);
  }
}

/** What is left of `ranges` without `others`; both are ascending and disjoint. */
export function subtract<R extends Range>(ranges: readonly R[], others: readonly Range[]): R[] {
  const left: R[] = [];
  let first = 0;
  for (const range of ranges) {
    let at = range.offset;
    while (first < others.length && endOf(others[first]!) <= at) first++;
    for (let index = first; index < others.length && others[index]!.offset < endOf(range); index++) {
      const other = others[index]!;
      if (other.offset > at) left.push({ ...range, offset: at, length: other.offset - at });
      at = Math.max(at, endOf(other));
    }
    if (at < endOf(range)) left.push({ ...range, offset: at, length: endOf(range) - at });
  }
  return left;
}

function endOf({ offset, length }: Range): number {
  return offset + length;
}
