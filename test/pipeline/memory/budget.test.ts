import test from "ava";
import fc from "fast-check";
import { UsageError } from "../../../src/errors.js";
import { type Hold, MemoryBudget } from "../../../src/pipeline/memory/budget.js";

/** Lets every promise that can settle do so. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("counts what is held, and remembers the most", async (t) => {
  const budget = new MemoryBudget(100);
  const first = await budget.acquire(60);
  const second = await budget.acquire(40);
  t.is(budget.inUse, 100);
  first.release();
  t.is(budget.inUse, 40);
  second.shrinkTo(15);
  t.deepEqual([budget.inUse, second.size, budget.peak], [15, 15, 100]);
  second.release();
  second.release();
  t.deepEqual([budget.inUse, budget.peak], [0, 100]);
});

test("waits until the bytes are free, in the order of the calls", async (t) => {
  const budget = new MemoryBudget(10);
  const first = await budget.acquire(6);
  const served: string[] = [];
  const large = budget.acquire(8).then((hold) => {
    served.push("large");
    return hold;
  });
  // It would fit at once, but then the large one might starve.
  const small = budget.acquire(1).then((hold) => {
    served.push("small");
    return hold;
  });
  await settled();
  t.deepEqual([served, budget.waitingCount, budget.inUse], [[], 2, 6]);
  first.shrinkTo(3);
  await settled();
  t.deepEqual(served, []);
  first.release();
  await settled();
  t.deepEqual([served, budget.inUse], [["large", "small"], 9]);
  (await large).release();
  (await small).release();
  t.is(budget.inUse, 0);
});

test("freed bytes belong to the first who waited, even when another call comes before its turn", async (t) => {
  const budget = new MemoryBudget(10);
  const first = await budget.acquire(10);
  const waiting = budget.acquire(10);
  first.release();
  const late = budget.acquire(10);
  t.is(budget.inUse, 10);
  (await waiting).release();
  (await late).release();
  t.is(budget.peak, 10);
});

test("more than the limit is an error at once, and so is what is no size", async (t) => {
  const budget = new MemoryBudget(10);
  await t.throwsAsync(budget.acquire(11), {
    instanceOf: UsageError,
    message: "Cannot hold 11 bytes: more than the whole budget of 10",
  });
  for (const size of [-1, 0.5, Number.NaN])
    await t.throwsAsync(budget.acquire(size), { instanceOf: UsageError });
  t.throws(() => new MemoryBudget(-1), { instanceOf: UsageError });
  t.deepEqual([budget.inUse, budget.peak], [0, 0]);
});

test("a hold cannot grow", async (t) => {
  const hold = await new MemoryBudget(10).acquire(4);
  t.throws(() => hold.shrinkTo(5), { message: "Cannot keep 5 bytes of a hold: it has 4" });
  t.throws(() => hold.shrinkTo(-1), { instanceOf: RangeError });
  t.is(hold.size, 4);
});

test("the signal ends every wait with its reason, and later calls at once", async (t) => {
  const controller = new AbortController();
  const budget = new MemoryBudget(10, { signal: controller.signal });
  const hold = await budget.acquire(10);
  const waits = [budget.acquire(1), budget.acquire(2)];
  const reason = new Error("stop");
  controller.abort(reason);
  for (const wait of waits) t.is(await t.throwsAsync(wait), reason);
  t.is(await t.throwsAsync(budget.acquire(0)), reason);
  t.is(budget.waitingCount, 0);
  hold.release();
  t.is(budget.inUse, 0);
});

test("an abort after the bytes were granted takes nothing back", async (t) => {
  const controller = new AbortController();
  const budget = new MemoryBudget(10, { signal: controller.signal });
  const first = await budget.acquire(10);
  const second = budget.acquire(10);
  first.release();
  controller.abort(new Error("stop"));
  const hold = await second;
  t.is(budget.inUse, 10);
  hold.release();
  t.is(budget.inUse, 0);
});

/** `size` to acquire; or the 0-based place of a holder that shrinks by `part` of what it has. */
const step = fc.oneof(
  fc.record({ size: fc.integer({ min: 0, max: 64 }) }),
  fc.record({ holder: fc.nat({ max: 20 }), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

test("whatever is acquired and given back, the limit holds, everyone is served in order, and nothing is lost", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 64, max: 200 }),
      fc.array(step, { maxLength: 80 }),
      async (limit, steps) => {
        const budget = new MemoryBudget(limit);
        const holds: Hold[] = [];
        const served: number[] = [];
        const calls: Promise<unknown>[] = [];
        const check = () => {
          const sum = holds.reduce((bytes, hold) => bytes + hold.size, 0);
          if (budget.inUse > limit || budget.peak > limit || sum > budget.inUse)
            throw new Error("limit broken");
        };
        for (const action of steps) {
          if ("size" in action) {
            const index = calls.length;
            calls.push(
              budget.acquire(action.size).then((hold) => {
                served.push(index);
                holds.push(hold);
              }),
            );
          } else {
            const hold = holds[action.holder % Math.max(1, holds.length)];
            hold?.shrinkTo(Math.floor(hold.size * action.part));
          }
          check();
          if (action && served.length % 3 === 0) await settled();
        }
        while (served.length < calls.length) {
          await settled();
          check();
          for (const hold of holds) hold.release();
        }
        for (const hold of holds) hold.release();
        t.deepEqual(served, [...calls.keys()]);
        t.is(budget.inUse, 0);
      },
    ),
    { numRuns: 300 },
  );
});
