import test from "ava";
import fc from "fast-check";
import { UsageError } from "../../src/errors.js";
import { DIGEST_SIZE } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import { flavours } from "./engines.js";

/** Two tables of which exactly the marked digests differ, each in one bit at a place of its own. */
function tables(changed: readonly boolean[]): { current: Uint8Array; parent: Uint8Array } {
  const parent = noise(changed.length * DIGEST_SIZE);
  const current = new Uint8Array(parent);
  changed.forEach((differs, index) => {
    if (differs) current[index * DIGEST_SIZE + ((index * 7) % DIGEST_SIZE)]! ^= 1 << (index % 8);
  });
  return { current, parent };
}

function naiveRuns(changed: readonly boolean[]): number[][] {
  const runs: number[][] = [];
  changed.forEach((differs, index) => {
    if (!differs) return;
    if (index > 0 && changed[index - 1]) runs.at(-1)![1]!++;
    else runs.push([index, 1]);
  });
  return runs;
}

function pairs(runs: Uint32Array, count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [runs[2 * index]!, runs[2 * index + 1]!]);
}

/** Lengths of equal and differing stretches in turn; long enough to pass the 4096 digests compared in one piece. */
const changes = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1000, max: 5000 })), { maxLength: 12 })
  .map((stretches) => stretches.flatMap((length, index) => Array<boolean>(length).fill(index % 2 === 1)));

for (const kernels of flavours) {
  test(`${kernels.flavour}: any set of changes, as a naive model sees it`, (t) => {
    fc.assert(
      fc.property(changes, fc.boolean(), (changed, inverted) => {
        const marks = changed.map((differs) => differs !== inverted);
        const { current, parent } = tables(marks);
        const runs = new Uint32Array(marks.length + 1);
        const count = kernels.changedRuns(current, parent, runs);
        t.deepEqual(pairs(runs, count), naiveRuns(marks));
      }),
      { numRuns: 100 },
    );
  });

  test(`${kernels.flavour}: a difference in any one byte of a digest is seen`, (t) => {
    for (let at = 0; at < DIGEST_SIZE; at++) {
      const parent = noise(3 * DIGEST_SIZE);
      const current = new Uint8Array(parent);
      current[DIGEST_SIZE + at]! ^= 0x80;
      const runs = new Uint32Array(4);
      t.is(kernels.changedRuns(current, parent, runs), 1);
      t.deepEqual([...runs], [1, 1, 0, 0], `byte ${at}`);
    }
  });

  test(`${kernels.flavour}: every other digest changed, the most runs there can be`, (t) => {
    const marks = Array.from({ length: 10_001 }, (_, index) => index % 2 === 0);
    const { current, parent } = tables(marks);
    const runs = new Uint32Array(10_002);
    t.is(kernels.changedRuns(current, parent, runs), 5001);
    t.deepEqual(pairs(runs, 5001), naiveRuns(marks));
  });

  test(`${kernels.flavour}: one table in kernel memory, or both`, (t) => {
    const marks = Array.from({ length: 9000 }, (_, index) => index % 5 > 2);
    const { current, parent } = tables(marks);
    const currentInside = kernels.allocate(current.length);
    const parentInside = kernels.allocate(parent.length);
    currentInside.set(current);
    parentInside.set(parent);
    for (const [a, b] of [
      [currentInside, parent],
      [current, parentInside],
      [currentInside, parentInside],
    ] as const) {
      const runs = new Uint32Array(9000);
      const count = kernels.changedRuns(a, b, runs);
      t.deepEqual(pairs(runs, count), naiveRuns(marks));
    }
  });

  test(`${kernels.flavour}: empty tables have no runs, and unusable arguments are refused`, (t) => {
    t.is(kernels.changedRuns(new Uint8Array(), new Uint8Array(), new Uint32Array()), 0);
    const table = noise(3 * DIGEST_SIZE);
    t.throws(() => kernels.changedRuns(table, table.subarray(DIGEST_SIZE), new Uint32Array(9)), {
      instanceOf: UsageError,
      message: "Cannot compare digest tables of 96 and 64 bytes: want one length, a multiple of 32",
    });
    t.throws(() => kernels.changedRuns(table.subarray(1), table.subarray(1), new Uint32Array(9)), {
      instanceOf: UsageError,
    });
    t.throws(() => kernels.changedRuns(table, table, new Uint32Array(3)), {
      instanceOf: UsageError,
      message: "Cannot write the runs of 3 blocks to an array of length 3: want 4",
    });
  });
}
