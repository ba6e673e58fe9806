import test from "ava";
import fc from "fast-check";
import { noise } from "../pipeline/volume-bytes.js";
import { digest, engines, referenceDigest, simd } from "./engines.js";

const memory = simd.allocate(4 * 1024 * 1024);

/** A window as its recipe, so that a counterexample prints in one line. */
const recipe = fc.record({
  blockSize: fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 64 }).map((n) => 64 * n),
    fc.integer({ min: 4000, max: 70_000 }),
  ),
  zeros: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
  rest: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  shift: fc.integer({ min: 0, max: 70 }),
  inside: fc.boolean(),
});

for (const { title, engine } of engines) {
  test(`${title}: any mix of zero and other blocks, inside kernel memory or not`, (t) => {
    fc.assert(
      fc.property(recipe, ({ blockSize, zeros, rest, seed, shift, inside }) => {
        const length = (zeros.length - 1) * blockSize + Math.ceil(rest * blockSize);
        const bytes = noise(length, seed);
        zeros.forEach((zero, block) => {
          if (zero) bytes.subarray(block * blockSize, (block + 1) * blockSize).fill(0);
        });
        const home = inside && shift + length <= memory.length ? memory : new Uint8Array(shift + length);
        const window = home.subarray(shift, shift + length);
        window.set(bytes);
        const actual = digest(engine, window, blockSize);
        const expected = referenceDigest(bytes, blockSize);
        return actual.zeroCount === expected.zeroCount && actual.digests.equals(expected.digests);
      }),
      { numRuns: 150 },
    );
    t.pass();
  });
}
