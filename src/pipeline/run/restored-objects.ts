/**
 * The objects of a plan that a restore has finished: checked to their end, and every wanted byte written. Bytes that
 * were between the stages when the pipeline failed are neither, so an object counts only after both reports.
 */
import type { PlannedObject } from "../../chain/plan.js";
import { countOf } from "../../units.js";

export class RestoredObjects {
  readonly #checked = new Set<PlannedObject>();
  /** Bytes by object. */
  readonly #written = new Map<PlannedObject, number>();

  checked(planned: PlannedObject): void {
    this.#checked.add(planned);
  }

  written(planned: PlannedObject, length: number): void {
    this.#written.set(planned, (this.#written.get(planned) ?? 0) + length);
  }

  /** The unfinished ones of `objects`; their partial progress is forgotten. */
  rest(objects: readonly PlannedObject[]): PlannedObject[] {
    const left = objects.filter((planned) => !this.#isDone(planned));
    for (const planned of left) {
      this.#checked.delete(planned);
      this.#written.delete(planned);
    }
    return left;
  }

  /** Totals over the finished objects, for progress. */
  totals(blockSize: number): { bytesDone: number; objectCount: number; digestCount: number } {
    const done = [...this.#checked].filter((planned) => this.#isDone(planned));
    const ranges = done.flatMap((planned) => planned.ranges);
    return {
      bytesDone: ranges.reduce((sum, { length }) => sum + length, 0),
      objectCount: done.length,
      digestCount: ranges.reduce((sum, { length }) => sum + countOf(length, blockSize), 0),
    };
  }

  #isDone(planned: PlannedObject): boolean {
    const wanted = planned.ranges.reduce((sum, { length }) => sum + length, 0);
    return this.#checked.has(planned) && this.#written.get(planned) === wanted;
  }
}
