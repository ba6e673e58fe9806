/** Implementations that are broken in one way each, and the case of a contract that has to notice. */
import type { ExecutionContext } from "ava";
import type { ContractCase } from "../../src/testing/index.js";

/** `inner`, but for `changes`; what they are made of may call `inner` itself. */
export function changed<T extends object>(inner: T, changes: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      const owner: object = Object.hasOwn(changes, key) ? changes : target;
      const value: unknown = Reflect.get(owner, key, owner);
      return typeof value === "function" ? value.bind(owner) : value;
    },
  });
}

/** By the title of a case, the cases of an implementation that breaks just that promise. */
export type Mutants = Readonly<Record<string, () => readonly ContractCase[]>>;

/** Tests that the cases pass on what is whole, that each has a mutant, and that each fails on its own. */
export function mutantTests(
  test: (title: string, body: (t: ExecutionContext) => void | Promise<void>) => void,
  name: string,
  contract: { readonly whole: readonly ContractCase[]; readonly mutants: Mutants },
): void {
  const { whole, mutants } = contract;
  test(`${name}: every case has an implementation that breaks it`, (t) => {
    const titles = whole.map(({ title }) => title);
    t.deepEqual(Object.keys(mutants).sort(), [...titles].sort());
    t.is(new Set(titles).size, titles.length);
  });

  for (const { title, run } of whole) {
    test(`${name}: "${title}" passes what is whole and fails what is broken`, async (t) => {
      await run();
      const broken = mutants[title]!().find((each) => each.title === title)!;
      const error = await t.throwsAsync(broken.run());
      t.log(error?.message);
    });
  }
}
