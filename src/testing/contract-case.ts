/** A contract as a list of cases that any test runner can run. */
import { type Check, check } from "./check.js";

/** One thing that an implementation promises. */
export interface ContractCase {
  /** What is promised, in a sentence; the same for every implementation, and different for each case. */
  readonly title: string;
  /**
   * Resolves when the promise holds, and what was made for it is undone.
   * @throws ContractError when it does not hold, or whatever the implementation threw where it should not
   */
  run(): Promise<void>;
}

/** What the functions that make an implementation are given. */
export interface CaseContext {
  /** Has `undo` done at the end of the case, however it ends; what was registered last is undone first. */
  teardown(undo: () => unknown): void;
}

/** Registers a case, as AVA's `test` does. */
export type DeclareCase = (title: string, body: (t: CaseContext & Check) => Promise<void>) => void;

/** The cases that `declare` registers, none of which has been run. */
export function collectCases(declare: (test: DeclareCase) => void): ContractCase[] {
  const cases: ContractCase[] = [];
  declare((title, body) => cases.push({ title, run: () => runCase(body) }));
  return cases;
}

async function runCase(body: Parameters<DeclareCase>[1]): Promise<void> {
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
