/** The few assertions that the portable suite uses, as AVA has them, for runtimes that AVA does not run on. */
import type { ExecutionContext } from "ava";

/** What a portable test may call. */
export type Assertions = Pick<
  ExecutionContext,
  "deepEqual" | "false" | "is" | "pass" | "throwsAsync" | "true"
>;

/** Registers a test. AVA's `test` is one. */
export type PortableTest = (title: string, run: (t: Assertions) => void | Promise<void>) => void;

interface Expectation {
  readonly instanceOf?: new (...given: never[]) => Error;
  readonly message?: RegExp | string;
}

class AssertionError extends Error {
  override name = "AssertionError";
}

function fail(what: string, message?: string): never {
  throw new AssertionError(message === undefined ? what : `${message}: ${what}`);
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const check = {
  pass(): boolean {
    return true;
  },
  is(actual: unknown, expected: unknown, message?: string): boolean {
    return Object.is(actual, expected) || fail(`${show(actual)} is not ${show(expected)}`, message);
  },
  true(actual: unknown, message?: string): boolean {
    return check.is(actual, true, message);
  },
  false(actual: unknown, message?: string): boolean {
    return check.is(actual, false, message);
  },
  deepEqual(actual: unknown, expected: unknown, message?: string): boolean {
    const at = difference(actual, expected, "value");
    return at === undefined || fail(at, message);
  },
  async throwsAsync(
    work: PromiseLike<unknown> | (() => PromiseLike<unknown>),
    expectation?: Expectation | null,
    title?: string,
  ): Promise<Error> {
    const { instanceOf, message } = expectation ?? {};
    const error = await Promise.resolve(typeof work === "function" ? work() : work).then(
      () => fail("it did not fail", title),
      (reason: unknown) => reason,
    );
    if (error instanceof AssertionError || !(error instanceof Error)) throw error;
    if (instanceOf !== undefined && !(error instanceof instanceOf))
      fail(`it is no ${instanceOf.name}: ${error}`, title);
    const fits = typeof message === "string" ? error.message === message : message?.test(error.message);
    if (fits === false) fail(`the message is ${show(error.message)}`, title);
    return error;
  },
};

/** As AVA's; what AVA's types say beyond that (guards, several calls by type) has no effect at run time. */
export const assertions: Assertions = check as unknown as Assertions;

/** Where the values differ, in words. Values are plain: primitives, arrays, bytes, objects of such. */
function difference(actual: unknown, expected: unknown, at: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isObject(actual) || !isObject(expected)) return `${at}: ${show(actual)} is not ${show(expected)}`;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return `${at}: of different kinds`;
  const keys = Object.keys(actual);
  const wanted = Object.keys(expected);
  if (keys.length !== wanted.length) return `${at}: has ${keys.length} keys, wanted ${wanted.length}`;
  for (const key of wanted) {
    if (!Object.hasOwn(actual, key)) return `${at}: has no ${key}`;
    const found = difference(actual[key], expected[key], `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
