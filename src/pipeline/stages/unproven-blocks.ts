/**
 * Blocks that do not match the digest table although the table may be at fault. They are written, and the MD5 of their
 * object decides at its end whether they count as lost.
 */
import type { PlannedObject, Range } from "../../chain/plan.js";

export class UnprovenBlocks {
  readonly #isProvenByMd5: (planned: PlannedObject) => boolean;
  readonly #ranges = new Map<PlannedObject, Range[]>();

  /** @param isProvenByMd5 whether an intact object is proof of its blocks. @default {it never is} */
  constructor(isProvenByMd5: (planned: PlannedObject) => boolean = () => false) {
    this.#isProvenByMd5 = isProvenByMd5;
  }

  accepts(planned: PlannedObject): boolean {
    return this.#isProvenByMd5(planned);
  }

  /** Adds blocks that follow those added before. */
  add(planned: PlannedObject, { offset, length }: Range): void {
    const ranges = this.#ranges.get(planned) ?? [];
    this.#ranges.set(planned, ranges);
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.length === offset)
      ranges[ranges.length - 1] = { offset: last.offset, length: last.length + length };
    else ranges.push({ offset, length });
  }

  /** The object's blocks, which are forgotten. */
  take(planned: PlannedObject): readonly Range[] {
    const ranges = this.#ranges.get(planned) ?? [];
    this.#ranges.delete(planned);
    return ranges;
  }
}
