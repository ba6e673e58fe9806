import test from "ava";
import { UsageError } from "../../src/errors.js";
import type { DigestEngine } from "../../src/kernels/engine.js";
import { TrialEngine } from "../../src/kernels/trial-engine.js";
import type { Clock } from "../../src/ports.js";
import { DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import { digest, engines, referenceDigest } from "./engines.js";

const BLOCK_SIZE: number = 32 * KIB;
const WINDOW_BLOCKS = 32;
const WINDOW: Uint8Array = new Uint8Array(WINDOW_BLOCKS * BLOCK_SIZE);
const DIGESTS: Uint8Array = new Uint8Array(WINDOW_BLOCKS * DIGEST_SIZE);
/** More windows than any trial of two takes. */
const ENOUGH = 40;

/** A clock that only engines move, and engines that cost what they are told to. */
function makeBench(zeroCount = 0) {
  let nowMs = 0;
  const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
  const calls: string[] = [];
  const engine = (name: DigestEngine["name"], costMs: (call: number) => number): DigestEngine => {
    let call = 0;
    return {
      name,
      digestInto() {
        calls.push(name);
        nowMs += costMs(call++);
        return zeroCount;
      },
    };
  };
  return { clock, calls, engine };
}

function work(engine: DigestEngine, count = ENOUGH): void {
  for (let i = 0; i < count; i++) engine.digestInto(WINDOW, BLOCK_SIZE, DIGESTS);
}

test("takes the fastest after a few windows each, whatever the order, and asks no other again", (t) => {
  for (const [native, wasm, winner] of [
    [0.3, 0.2, "wasm-simd"],
    [0.2, 0.3, "native"],
  ] as const) {
    const { clock, calls, engine } = makeBench();
    const trial = new TrialEngine([engine("wasm-simd", () => wasm), engine("native", () => native)], {
      clock,
    });
    work(trial);
    t.is(trial.name, winner);
    t.is(calls.length, ENOUGH);
    t.deepEqual(new Set(calls.slice(8)), new Set([winner]));
    t.is(new Set(calls.slice(0, 8)).size, 2);
  }
});

test("is misled neither by an engine that starts slow nor by a window that was disturbed", (t) => {
  const { clock, engine } = makeBench();
  const steady = engine("native", () => 0.4);
  const warming = engine("wasm-simd", (call) => (call === 0 ? 11 : call === 3 ? 80 : 0.2));
  const trial = new TrialEngine([steady, warming], { clock });
  work(trial);
  t.is(trial.name, "wasm-simd");
});

test("what one decides holds for all that share the decision", (t) => {
  const { clock, calls, engine } = makeBench();
  const decision = new Int32Array(new SharedArrayBuffer(4));
  const make = () =>
    new TrialEngine([engine("wasm-simd", () => 0.3), engine("native", () => 0.2)], { clock, decision });
  const [first, second] = [make(), make()];
  work(first);
  calls.length = 0;
  work(second);
  t.deepEqual(new Set(calls), new Set(["native"]));
  t.is(decision[0], 2);
});

test("zeros, which nobody hashes, decide nothing", (t) => {
  const { clock, calls, engine } = makeBench(WINDOW_BLOCKS);
  const decision = new Int32Array(1);
  const candidates = [engine("wasm-simd", () => 0.3), engine("native", () => 0.2)];
  work(new TrialEngine(candidates, { clock, decision }));
  t.is(decision[0], 0);
  t.is(calls.length, ENOUGH);
});

test("a single candidate needs no trial, and none at all is refused", (t) => {
  const { clock, engine } = makeBench();
  t.is(new TrialEngine([engine("native", () => 1)], { clock }).name, "native");
  t.throws(() => new TrialEngine([], { clock }), { instanceOf: UsageError });
});

test("the digests are right before, while and after it decides", (t) => {
  const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const trial = new TrialEngine(
    engines.map(({ engine }) => engine),
    { clock },
  );
  const window = noise(MIB + 100);
  const expected = referenceDigest(window, BLOCK_SIZE);
  for (let i = 0; i < 24; i++) t.deepEqual(digest(trial, window, BLOCK_SIZE), expected);
});
