/** Scattered changes: which of them share an object, and that what is stored for it restores as it was. */
import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { COALESCE_GAP_MAX, DEFAULT_COALESCE_GAP } from "../../../src/pipeline/memory/geometry.js";
import { startProgress } from "../../../src/pipeline/run/run.js";
import { KIB, MIB } from "../../../src/units.js";
import { noise } from "../volume-bytes.js";
import { firstDifference, node, portable, World, type WorldOptions } from "../world.js";

/** `volume` with these blocks changed, each in its last byte. */
function withChanged(volume: Uint8Array, blockSize: number, blocks: Iterable<number>): Uint8Array {
  const copy = new Uint8Array(volume);
  for (const block of blocks) copy[Math.min((block + 1) * blockSize, volume.length) - 1]! ^= 0xff;
  return copy;
}

interface Shape {
  readonly blockSize: number;
  readonly chunkSize: number;
  readonly coalesceGap: number;
}

/** The extents that should come of it, by the words of the documentation: `[offset, length]` each. */
function extentsOf(
  size: number,
  { blockSize, chunkSize, coalesceGap }: Shape,
  blocks: readonly number[],
): number[][] {
  const extents: number[][] = [];
  for (const block of blocks) {
    const offset = block * blockSize;
    const end = Math.min(offset + blockSize, size);
    const last = extents.at(-1);
    const isNear = last !== undefined && offset - (last[0]! + last[1]!) <= coalesceGap;
    if (isNear && Math.floor(last[0]! / chunkSize) === Math.floor(offset / chunkSize))
      last[1] = end - last[0]!;
    else extents.push([offset, end - offset]);
  }
  return extents;
}

async function storedExtents(world: World, changed: Uint8Array): Promise<number[][]> {
  const { objects } = await world.backup(changed, { incremental: true });
  return objects.map(({ offset, length }) => [offset, length]);
}

const BLOCK = 128 * KIB;
/** Windows are a MiB: gaps within one, over the boundary of two, over several, and longer than a chunk. */
const SHAPES: readonly Shape[] = [
  { blockSize: BLOCK, chunkSize: 4 * MIB, coalesceGap: 0 },
  { blockSize: BLOCK, chunkSize: 4 * MIB, coalesceGap: BLOCK - 1 },
  { blockSize: BLOCK, chunkSize: 4 * MIB, coalesceGap: BLOCK },
  { blockSize: BLOCK, chunkSize: 3.5 * MIB, coalesceGap: 3 * BLOCK },
  { blockSize: BLOCK, chunkSize: 5 * MIB, coalesceGap: MIB },
  { blockSize: BLOCK, chunkSize: 5 * MIB, coalesceGap: 2.5 * MIB },
  { blockSize: BLOCK, chunkSize: 4 * MIB, coalesceGap: COALESCE_GAP_MAX },
  { blockSize: BLOCK, chunkSize: 512 * KIB, coalesceGap: 2 * BLOCK },
];
const SIZE: number = 6 * MIB - 1000;
const COUNT = Math.ceil(SIZE / BLOCK);
/** Blocks that change, by how many of a thousand; the volume's short last block among them at the end. */
const PATTERNS: readonly (readonly number[])[] = [60, 200, 600].map((share, pattern) => {
  const draws = new Uint32Array(noise(COUNT * 4, pattern + 7).buffer);
  return [...draws.keys()].filter((block) => draws[block]! % 1000 < share || block === COUNT - pattern);
});

for (const shape of SHAPES) {
  const what = `gap ${shape.coalesceGap}, chunks of ${shape.chunkSize}`;
  test(`extents are those that the gap makes, and restore: ${what}`, async (t) => {
    const world = await World.create({ ...shape, runtime: portable.runtime });
    const volume = noise(SIZE);
    let current: Uint8Array = volume;
    await world.backup(volume);
    for (const blocks of PATTERNS) {
      current = withChanged(current, BLOCK, blocks);
      const point = world.points.length;
      t.deepEqual(await storedExtents(world, current), extentsOf(SIZE, shape, blocks), `${blocks}`);
      t.is(firstDifference(await world.restoredDirty(point, SIZE), current), -1);
      const { buffersInUseMax, memory, accountedPeak } = world.points[point]!.result;
      t.true(buffersInUseMax <= memory.bufferCount && accountedPeak <= memory.accounted);
    }
    t.deepEqual(await storedExtents(world, current), [], "the digest table has what was stored");
  });
}

for (const { title, runtime } of [portable, node]) {
  for (const codec of ["none", "zlib", "zstd"] as const) {
    test(`every second block changed makes few objects, ${codec}, ${title}`, async (t) => {
      const options: WorldOptions = { runtime, blockSize: 4 * KIB, chunkSize: 3 * MIB, codec };
      const world = await World.create({ ...options, coalesceGap: DEFAULT_COALESCE_GAP });
      const volume = noise(5 * MIB);
      await world.backup(volume);
      const every = Array.from({ length: volume.length / (8 * KIB) }, (_, index) => 2 * index);
      const changed = withChanged(volume, 4 * KIB, every);
      const extents = await storedExtents(world, changed);
      t.is(extents.length, 2);
      t.deepEqual(await storedExtents(world, changed), []);
      t.is(firstDifference(await world.restoredDirty(1, volume.length), changed), -1);
    });
  }
}

test("a gap over many windows waits for no buffer that it holds", async (t) => {
  const shape = { blockSize: BLOCK, chunkSize: 64 * MIB, coalesceGap: COALESCE_GAP_MAX };
  const world = await World.create({ ...shape, concurrentObjects: 1, runtime: portable.runtime });
  const volume = new Uint8Array(40 * MIB);
  await world.backup(volume);
  // The first gap is as long as may be, the second a block longer.
  const blocks = [0, 1 + COALESCE_GAP_MAX / BLOCK, 3 + (2 * COALESCE_GAP_MAX) / BLOCK];
  const progress = startProgress();
  const changed = withChanged(volume, BLOCK, blocks);
  const { objects } = await world.backup(changed, { incremental: true, progress });
  t.deepEqual(
    objects.map(({ length }) => length),
    [COALESCE_GAP_MAX + 2 * BLOCK, BLOCK],
  );
  t.is(progress.bytesDone, volume.length);
  t.is(firstDifference(await world.restoredDirty(1, volume.length), changed), -1);
});

test("bytes are done once, and never undone", async (t) => {
  const world = await World.create({
    runtime: portable.runtime,
    blockSize: BLOCK,
    chunkSize: 8 * MIB,
    coalesceGap: 3 * MIB,
  });
  const volume = noise(12 * MIB);
  await world.backup(volume);
  const seen: number[] = [];
  let bytesDone = 0;
  const progress = Object.defineProperty(startProgress(), "bytesDone", {
    get: () => bytesDone,
    set: (bytes: number) => {
      seen.push(bytes);
      bytesDone = bytes;
    },
  });
  await world.backup(withChanged(volume, BLOCK, [3, 20, 90]), { incremental: true, progress });
  t.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  t.is(seen.at(-1), volume.length);
});

for (const coalesceGap of [-1, 0.5, Number.NaN, COALESCE_GAP_MAX + 1]) {
  test(`a gap of ${coalesceGap} bytes is refused before anything is stored`, async (t) => {
    const world = await World.create({
      runtime: portable.runtime,
      blockSize: 512,
      chunkSize: 1024,
      coalesceGap,
    });
    await t.throwsAsync(world.backup(noise(1024)), {
      instanceOf: UsageError,
      message: /^Cannot store gaps of/,
    });
    t.deepEqual(await world.names(), []);
  });
}
