/**
 * The assertions of the contracts, for any runtime and any test runner: a failed one throws. They have the signatures
 * of AVA's.
 */

/** A broken contract. Its message names the value found and the value wanted. */
export class ContractError extends Error {
  override name = "ContractError";
}

export interface Expectation {
  readonly instanceOf?: new (...given: never[]) => Error;
  readonly message?: RegExp | string;
}

/** Each throws a `ContractError` that starts with `message`. */
export interface Check {
  is(actual: unknown, expected: unknown, message?: string): void;
  true(actual: unknown, message?: string): void;
  false(actual: unknown, message?: string): void;
  /** For plain values: primitives, arrays, bytes, objects of these. */
  deepEqual(actual: unknown, expected: unknown, message?: string): void;
  /** Resolves with the error of `work`. */
  throwsAsync(
    work: PromiseLike<unknown> | (() => PromiseLike<unknown>),
    expectation?: Expectation | null,
    message?: string,
  ): Promise<Error>;
}

export const check: Check = {
  is(actual, expected, message) {
    if (!Object.is(actual, expected)) fail(`${show(actual)} is not ${show(expected)}`, message);
  },
  true(actual, message) {
    check.is(actual, true, message);
  },
  false(actual, message) {
    check.is(actual, false, message);
  },
  deepEqual(actual, expected, message) {
    const at = difference(actual, expected, "value");
    if (at !== undefined) fail(at, message);
  },
  async throwsAsync(work, expectation, title) {
    const { instanceOf, message } = expectation ?? {};
    const error = await Promise.resolve(typeof work === "function" ? work() : work).then(
      () => fail("it did not fail", title),
      (reason: unknown) => reason,
    );
    if (error instanceof ContractError || !(error instanceof Error)) throw error;
    if (instanceOf !== undefined && !(error instanceof instanceOf))
      fail(`it is no ${instanceOf.name}: ${error}`, title);
    const fits = typeof message === "string" ? error.message === message : message?.test(error.message);
    if (fits === false) fail(`the message is ${show(error.message)}`, title);
    return error;
  },
};

/** Index of the first byte that differs, -1 if there is none; faster than a deep comparison of megabytes. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number {
  const end = Math.min(actual.length, expected.length);
  for (let i = 0; i < end; i++) if (actual[i] !== expected[i]) return i;
  return actual.length === expected.length ? -1 : end;
}

function fail(what: string, message?: string): never {
  throw new ContractError(message === undefined ? what : `${message}: ${what}`);
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Describes the first difference between the values; `undefined` if there is none. */
function difference(actual: unknown, expected: unknown, at: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (!isObject(actual) || !isObject(expected)) return `${at}: ${show(actual)} is not ${show(expected)}`;
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    const byte = firstDifference(actual, expected);
    return byte === -1 ? undefined : `${at}: ${show(actual)}, wanted ${show(expected)}, differ at ${byte}`;
  }
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
