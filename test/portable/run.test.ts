/** What other runtimes have in AVA's place, and the backups that they exchange, on this Node. */
import test from "ava";
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import { assertions } from "./assertions.js";
import { exchangeTests, writeBackups } from "./exchange.js";

const runtime = await portableRuntime();
const written = await writeBackups(runtime);

exchangeTests(test, runtime, "this runtime", written);

test("the assertions of other runtimes fail where AVA's would", async (t) => {
  const wrong: readonly (() => unknown)[] = [
    () => assertions.is(1 as number, 2),
    () => assertions.is(Number.NaN as number, 0),
    () => assertions.true(false),
    () => assertions.false(true),
    () => assertions.deepEqual<unknown, unknown>([1, 2], [1, 3]),
    () => assertions.deepEqual<unknown, unknown>([1], [1, undefined]),
    () => assertions.deepEqual<unknown, unknown>({ a: { b: 1 } }, { a: { c: 1 } }),
    () => assertions.deepEqual<unknown, unknown>(Uint8Array.of(1, 2), Uint8Array.of(1, 3)),
    () => assertions.deepEqual<unknown, unknown>([1], Uint8Array.of(1)),
    () => assertions.throwsAsync(Promise.resolve()),
    () => assertions.throwsAsync(Promise.reject(new Error("x")), { instanceOf: RangeError }),
    () => assertions.throwsAsync(Promise.reject(new Error("x")), { message: /y/ }),
    () => assertions.throwsAsync(Promise.reject(new Error("x")), { message: "y" }),
    () => assertions.throwsAsync(async () => assertions.true(false)),
  ];
  for (const [index, check] of wrong.entries())
    await t.throwsAsync(async () => void (await check()), undefined, `check ${index}`);
  assertions.is(Number.NaN, Number.NaN);
  assertions.deepEqual<unknown, unknown>({ a: [Uint8Array.of(1)] }, { a: [Uint8Array.of(1)] });
  await assertions.throwsAsync(Promise.reject(new RangeError("x")), { instanceOf: RangeError, message: /x/ });
});
