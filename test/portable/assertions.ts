/** The few assertions that the portable suite uses, as AVA has them, for runtimes that AVA does not run on. */
import type { ExecutionContext } from "ava";
import { check } from "../../src/testing/check.js";
import type { ContractCase } from "../../src/testing/contract-case.js";

/** What a portable test may call. */
export type Assertions = Pick<
  ExecutionContext,
  "deepEqual" | "false" | "is" | "pass" | "throwsAsync" | "true"
>;

type Run = (t: Assertions) => void | Promise<void>;

/** Registers a test. AVA's `test` is one. */
export interface PortableTest {
  (title: string, run: Run): void;
  /** Registers a test that does not apply. */
  skip(title: string, run: Run): void;
}

/** As AVA's; what AVA's types say beyond that (guards, several calls by type) has no effect at run time. */
export const assertions: Assertions = { ...check, pass: () => true } as unknown as Assertions;

/** Registers the cases of a contract, each with `name` in front of its title. */
export function runCases(test: PortableTest, name: string, cases: readonly ContractCase[]): void {
  for (const { title, skip, run } of cases) {
    const pass: Run = async (t) => {
      await run();
      t.pass();
    };
    if (skip === undefined) test(`${name}: ${title}`, pass);
    else test.skip(`${name}: ${title} (${skip})`, pass);
  }
}
