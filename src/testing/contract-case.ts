/** A contract as a list of cases that any test runner can run. */
import { type Check, ContractError, check } from "./check.js";

/** One thing that an implementation promises. */
export interface ContractCase {
  /** What is promised, in a sentence; the same for every implementation, and different for each case. */
  readonly title: string;
  /** Why the case does not apply to the implementation; `undefined` where it does. */
  readonly skip: string | undefined;
  /**
   * Resolves when the promise holds, and what was made for it is undone. A case that does not apply calls `skip` of the
   * runner's context, which `node:test` and Vitest pass to a test.
   * @throws ContractError when the promise does not hold, and when the case does not apply and the runner cannot skip it;
   *   or whatever the implementation threw where it should not
   */
  run(runner?: CaseRunner): Promise<void>;
}

/** The part of a test runner's context that cases use. */
export interface CaseRunner {
  skip?(reason: string): unknown;
}

/** Passed to the functions that make an implementation. */
export interface CaseContext {
  /** Has `undo` done at the end of the case, however it ends; what was registered last is undone first. */
  teardown(undo: () => unknown): void;
}

/** Options of a case. */
export interface CaseOptions {
  /** Why the case does not apply. */
  readonly skip: string | undefined;
}

/** Registers a case, as AVA's `test` does. */
export type DeclareCase = (title: string, body: CaseBody, options?: CaseOptions) => void;

type CaseBody = (t: CaseContext & Check) => Promise<void>;

/** The cases that `declare` registers, none of which has been run. */
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
