/** The operations of this process, running and ended, in figures: for monitoring, which must not read the catalog for it. */
import type { OperationKind } from "../../catalog/operations.js";
import { type ErrorCode, isAshlarError } from "../../errors.js";
import type { StageFigures } from "../../pipeline/run/profile.js";
import type { RunningOperation } from "./running-operation.js";

/** How an operation ended: `internal` for an error that is none of Ashlar's. */
export type OperationOutcome = "done" | ErrorCode | "internal";

/** Sums over all operations of a kind, those that run included. They never decrease. */
export interface OperationTotals {
  readonly kind: OperationKind;
  /** Number of ended operations. */
  readonly ended: ReadonlyMap<OperationOutcome, number>;
  /** Bytes of volumes. */
  readonly bytesDone: number;
  /** Bytes of objects. */
  readonly storedBytes: number;
  /** One for each stage. */
  readonly stages: readonly StageFigures[];
}

class Sum implements OperationTotals {
  readonly kind: OperationKind;
  readonly ended: Map<OperationOutcome, number>;
  bytesDone: number;
  storedBytes: number;
  readonly #stages: Map<string, StageFigures>;

  constructor(kind: OperationKind, from?: Sum) {
    this.kind = kind;
    this.ended = new Map(from?.ended);
    this.bytesDone = from?.bytesDone ?? 0;
    this.storedBytes = from?.storedBytes ?? 0;
    this.#stages = new Map(from === undefined ? [] : from.#stages);
  }

  get stages(): readonly StageFigures[] {
    return [...this.#stages.values()];
  }

  add({ progress, profile }: RunningOperation): void {
    this.bytesDone += progress.bytesDone;
    this.storedBytes += progress.storedBytes;
    for (const figures of profile.figures()) {
      const known = this.#stages.get(figures.stage);
      this.#stages.set(figures.stage, known === undefined ? figures : sumOf(known, figures));
    }
  }

  count(outcome: OperationOutcome): void {
    this.ended.set(outcome, (this.ended.get(outcome) ?? 0) + 1);
  }
}

export class OperationLedger {
  readonly #running = new Map<RunningOperation, OperationKind>();
  readonly #ended = new Map<OperationKind, Sum>();

  /** Numbers of the operations that run or wait for their turn. */
  numbers(): number[] {
    return [...this.#running.keys()].map(({ number }) => number);
  }

  begin(operation: RunningOperation, kind: OperationKind): void {
    this.#running.set(operation, kind);
  }

  /** @param error why it failed; `undefined` if it did not */
  end(operation: RunningOperation, error: unknown): void {
    const kind = this.#running.get(operation)!;
    this.#running.delete(operation);
    const sum = this.#ended.get(kind) ?? new Sum(kind);
    sum.add(operation);
    sum.count(outcomeOf(error));
    this.#ended.set(kind, sum);
  }

  /** The stages of an operation that runs in this process; empty for others, and for kinds without stages. */
  stagesOf(number: number): readonly StageFigures[] {
    for (const operation of this.#running.keys())
      if (operation.number === number) return operation.profile.figures();
    return [];
  }

  totals(): readonly OperationTotals[] {
    const sums = new Map([...this.#ended].map(([kind, sum]) => [kind, new Sum(kind, sum)]));
    for (const [operation, kind] of this.#running) {
      const sum = sums.get(kind) ?? new Sum(kind);
      sum.add(operation);
      sums.set(kind, sum);
    }
    return [...sums.values()];
  }
}

function outcomeOf(error: unknown): OperationOutcome {
  if (error === undefined) return "done";
  return isAshlarError(error) ? error.code : "internal";
}

function sumOf(one: StageFigures, other: StageFigures): StageFigures {
  return {
    stage: one.stage,
    bytes: one.bytes + other.bytes,
    busySeconds: one.busySeconds + other.busySeconds,
    waitInputSeconds: one.waitInputSeconds + other.waitInputSeconds,
    waitOutputSeconds: one.waitOutputSeconds + other.waitOutputSeconds,
  };
}
