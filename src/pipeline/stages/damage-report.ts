/** Handling of damage: thrown, or reported to `onDamage` so that the run continues. */
import type { PlannedObject, Range } from "../../chain/plan.js";
import { type DamageLocation, IntegrityError } from "../../errors.js";
import type { Progress } from "../run/run.js";
import type { FindingsOptions } from "./findings.js";

export interface DamageReportOptions extends FindingsOptions {
  readonly blockSize: number;
  readonly locationOf: (planned: PlannedObject) => DamageLocation;
  readonly progress: Progress;
}

export class DamageReport {
  readonly #options: DamageReportOptions;
  /** Objects with reported damage, whose wrong MD5 would be no news. */
  readonly #damaged = new WeakSet<PlannedObject>();

  constructor(options: DamageReportOptions) {
    this.#options = options;
  }

  /** Reports blocks that do not match the digest table. */
  badBlocks(planned: PlannedObject, range: Range): void {
    const { blockSize, locationOf } = this.#options;
    const location = { ...locationOf(planned), offset: range.offset, blockIndex: range.offset / blockSize };
    const reason = "Cannot restore block: its SHA-256 is not the one in the digest table";
    this.#report(planned, new IntegrityError(reason, location), range);
  }

  /** Like `badBlocks`, for blocks that have been written and counted. */
  writtenBlocks(planned: PlannedObject, range: Range): void {
    this.#options.progress.bytesDone -= range.length;
    this.badBlocks(planned, range);
  }

  /** Reports that an object's planned ranges cannot be read from byte `offset` of the volume on. */
  lostFrom(offset: number, planned: PlannedObject, error: IntegrityError): void {
    const lost = planned.ranges
      .map((range) => ({ from: Math.max(range.offset, offset), to: range.offset + range.length }))
      .filter(({ from, to }) => from < to);
    for (const { from, to } of lost) this.#report(planned, error, { offset: from, length: to - from });
    if (lost.length === 0) this.#report(planned, error, undefined);
  }

  /** Reports a wrong MD5 of the whole object, unless damage of the object was reported already. */
  wrongMd5(planned: PlannedObject, error: IntegrityError): void {
    if (!this.#damaged.has(planned)) this.#report(planned, error, undefined);
  }

  #report(planned: PlannedObject, error: IntegrityError, range: Range | undefined): void {
    const { onDamage, progress } = this.#options;
    if (onDamage === undefined) throw error;
    this.#damaged.add(planned);
    progress.bytesDone += range?.length ?? 0;
    onDamage({ error, range, linkIndex: planned.linkIndex });
  }
}
