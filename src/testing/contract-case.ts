/** A contract as a list of cases that any test runner can run. */
import { type Check, ContractError, check } from "./check.js";

/** One promise of an implementation. */
export interface ContractCase {
  /** The promise, in a sentence; the same for every implementation, and unique among the cases. */
  readonly title: string;
  /** The reason why the case does not apply to the implementation; `undefined` if it does. */
  readonly skip: string | undefined;
  /**
   * Resolves when the promise holds and the case has cleaned up. A case that does not apply calls `skip` of the
   * runner's context, which `node:test` and Vitest pass to a test.
   * @throws ContractError when the promise does not hold, or when the case does not apply and the runner cannot skip it
   * @throws any unexpected error of the implementation
   */
  run(runner?: CaseRunner): Promise<void>;
}

/** The part of a test runner's context that cases use. */
export interface CaseRunner {
  skip?(reason: string): unknown;
}

/** Passed to the functions that make an implementation. */
export interface CaseContext {
  /** Registers `undo` for the end of the case, whether it fails or not. The last registered runs first. */
  teardown(undo: () => unknown): void;
}

/** Options of a case. */
export interface CaseOptions {
  /** The reason why the case does not apply. */
  readonly skip: string | undefined;
}

/** Registers a case, like AVA's `test`. */
export type DeclareCase = (title: string, body: CaseBody, options?: CaseOptions) => void;

type CaseBody = (t: CaseContext & Check) => Promise<void>;

/** Collects the cases that `declare` registers, without running them. */
export function collectCases(declare: (test: DeclareCase) => void): ContractCase[] {
  const cases: ContractCase[] = [];
  declare((title, body, { skip } = { skip: undefined }) => {
    const run = async (runner: CaseRunner = {}): Promise<void> => {
      if (skip === undefined) return await runCase(body);
      if (runner.skip === undefined) throw new ContractError(`the case does not apply: ${skip}`);
      runner.skip(skip);
    };
    cases.push({ title, skip, run });
  });
  return cases;
}

async function runCase(body: CaseBody): Promise<void> {
  const undone: (() => unknown)[] = [];
  const failures: unknown[] = [];
  try {
    await body({ ...check, teardown: (undo) => void undone.push(undo) });
  } catch (error) {
    failures.push(error);
  }
  for (const undo of undone.reverse()) {
    try {
      await undo();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
