/**
 * The promise of the whole: whatever happened to a volume between its backups, every point of every chain comes back
 * as it was, on a new volume and on one that holds something else. The model is plain byte arrays.
 */
import test from "ava";
import fc from "fast-check";
import type { CodecId } from "../../src/codecs/codec.js";
import { MIB } from "../../src/units.js";
import { noise, prose } from "../pipeline/volume-bytes.js";
import { DIRT, firstDifference, type NamedRuntime, runtimes, World } from "../pipeline/world.js";

/** Positions and lengths are fractions of the volume, so that a smaller volume shrinks the whole history. */
interface Write {
  readonly fill: "noise" | "prose" | "zero" | "truncate";
  readonly at: number;
  readonly length: number;
  readonly seed: number;
}

interface Step {
  readonly writes: readonly Write[];
  readonly incremental: boolean;
  /** Whole blocks taken off the volume's end, and whether a part of one, before this backup. */
  readonly shrinkBlocks: number;
  readonly shrinkBytes: number;
}

interface History {
  readonly blockSize: number;
  readonly chunkBlocks: number;
  readonly size: number;
  readonly codec: CodecId;
  readonly steps: readonly Step[];
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const write = fc.record<Write>({
  fill: fc.constantFrom("noise", "prose", "zero", "truncate"),
  at: fraction,
  length: fc.oneof(
    fraction,
    fraction.map((value) => value / 50),
  ),
  seed: fc.integer({ min: 1, max: 1000 }),
});
const step = fc.record<Step>({
  writes: fc.array(write, { maxLength: 5 }),
  incremental: fc.oneof(
    { weight: 4, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  shrinkBlocks: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }) },
  ),
  shrinkBytes: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 511 }) },
  ),
});
const codec = fc.constantFrom<CodecId>("none", "zlib");

const small: fc.Arbitrary<History> = fc.record({
  blockSize: fc.oneof(fc.constantFrom(512, 1024, 4096, 8192), fc.integer({ min: 512, max: 8192 })),
  chunkBlocks: fc.integer({ min: 1, max: 9 }),
  size: fc.integer({ min: 1, max: 200_000 }),
  codec,
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
});

/** Several windows in a chunk, and several chunks. */
const large: fc.Arbitrary<History> = fc.record({
  blockSize: fc.constantFrom(4096, 32768, 10_007),
  chunkBlocks: fc.integer({ min: 40, max: 900 }),
  size: fc.integer({ min: 2 * MIB, max: 7 * MIB }),
  codec,
  steps: fc.array(step, { minLength: 2, maxLength: 3 }),
});

function applyStep(
  before: Uint8Array,
  { writes, shrinkBlocks, shrinkBytes }: Step,
  blockSize: number,
): Uint8Array {
  const volume = before.slice(0, Math.max(1, before.length - shrinkBlocks * blockSize - shrinkBytes));
  for (const { fill, at, length, seed } of writes) {
    const from = Math.floor(at * volume.length);
    const range = volume.subarray(
      from,
      fill === "truncate" ? volume.length : from + Math.ceil(length * volume.length),
    );
    if (fill === "noise") range.set(noise(range.length, seed));
    else if (fill === "prose") range.set(prose(range.length, seed));
    else range.fill(0);
  }
  return volume;
}

async function checkHistory({ runtime }: NamedRuntime, history: History): Promise<void> {
  const { blockSize, chunkBlocks, codec, size, steps } = history;
  const world = await World.create({ runtime, blockSize, chunkSize: blockSize * chunkBlocks, codec });
  const states: Uint8Array[] = [];
  let volume: Uint8Array = new Uint8Array(size);
  for (const [index, step] of steps.entries()) {
    volume = applyStep(volume, step, blockSize);
    await world.backup(volume, { incremental: index > 0 && step.incremental });
    states.push(volume);
  }
  for (const [point, state] of states.entries()) {
    await expectRestored(world, point, state);
  }
}

/** The target is larger than the volume: what lies behind it is not the restore's to touch. */
async function expectRestored(world: World, point: number, state: Uint8Array): Promise<void> {
  const slack = 100;
  for (const dirt of [0, DIRT]) {
    const size = state.length + slack;
    const restored =
      dirt === 0 ? await world.restoredNew(point, size) : await world.restoredDirty(point, size);
    const expected = new Uint8Array(size).fill(dirt);
    expected.set(state);
    const at = firstDifference(restored, expected);
    if (at !== -1)
      throw new Error(`point ${point} on ${dirt === 0 ? "a new" : "a dirty"} target differs at byte ${at}`);
  }
  const { volumeSize } = await world.restore(point, undefined);
  if (volumeSize !== state.length)
    throw new Error(`point ${point} has ${volumeSize} bytes, was ${state.length}`);
}

for (const named of runtimes) {
  test(`every point of a random history comes back, ${named.title}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(small, (history) => checkHistory(named, history)),
      { numRuns: 60 },
    );
    t.pass();
  });

  test(`every point of a history of several windows comes back, ${named.title}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(large, (history) => checkHistory(named, history)),
      { numRuns: 8 },
    );
    t.pass();
  });
}
