import test from "ava";
import { UsageError } from "../../src/errors.js";
import { chooseEngine } from "../../src/kernels/choose-engine.js";
import type { DigestEngine } from "../../src/kernels/engine.js";
import type { Clock } from "../../src/ports.js";
import { engines } from "./engines.js";

/** A clock that only engines move, and engines that cost what they are told to. */
function makeBench() {
  let nowMs = 0;
  const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
  const calls: string[] = [];
  const engine = (name: DigestEngine["name"], costMs: (call: number) => number): DigestEngine => {
    let call = 0;
    return {
      name,
      digestInto: (window) => {
        calls.push(name);
        nowMs += costMs(call++);
        return window.every((byte) => byte === 0) ? 1 : 0;
      },
    };
  };
  return { clock, calls, engine, elapsedMs: () => nowMs };
}

test("chooses the fastest, whatever the order", (t) => {
  for (const order of [
    [0.3, 0.2, 0.5],
    [0.2, 0.3, 0.5],
    [0.5, 0.3, 0.2],
  ]) {
    const { clock, engine } = makeBench();
    const candidates = order.map((costMs) => engine("native", () => costMs));
    t.is(chooseEngine(candidates, clock), candidates[order.indexOf(0.2)]!);
  }
});

test("is not misled by an engine that starts slow and warms up within its ten milliseconds", (t) => {
  const { clock, engine } = makeBench();
  const steady = engine("native", () => 0.2);
  const warming = engine("wasm-simd", (call) => (call < 6 ? 1.5 : 0.1));
  t.is(chooseEngine([steady, warming], clock), warming);
});

test("of equals takes the first, and a single candidate without a trial", (t) => {
  const { clock, calls, engine } = makeBench();
  const only = engine("native", () => 1);
  t.is(chooseEngine([only], clock), only);
  t.deepEqual(calls, []);
  const first = engine("wasm-simd", () => 0.25);
  t.is(chooseEngine([first, engine("native", () => 0.25)], clock), first);
});

test("takes about twelve milliseconds a candidate", (t) => {
  const { clock, engine, elapsedMs } = makeBench();
  chooseEngine([engine("native", () => 0.25), engine("wasm-simd", () => 0.25)], clock);
  t.is(elapsedMs(), 24);
});

test("returns one of the real engines, which goes on working", (t) => {
  const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const candidates = engines.map(({ engine }) => engine);
  t.true(candidates.includes(chooseEngine(candidates, clock)));
});

test("refuses to choose among none", (t) => {
  const { clock } = makeBench();
  t.throws(() => chooseEngine([], clock), { instanceOf: UsageError });
});
