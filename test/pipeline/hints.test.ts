/** Incrementals that read only what hints name, and the sample that proves the hints. */
import test from "ava";
import { findFalseClaim } from "../../src/pipeline/prove-hints.js";
import { sampleOutside } from "../../src/sources/block-sample.js";
import { changedRanges } from "../../src/sources/hints/changed-ranges.js";
import { MemorySource } from "../../src/sources/memory.js";
import type { ByteRange } from "../../src/sources/ranges.js";
import { DIGEST_SIZE } from "../../src/units.js";
import { Random } from "../fuzz/random.js";
import { noise } from "./volume-bytes.js";
import { firstDifference, runtimes, World } from "./world.js";

const MIB = 1024 * 1024;
const BLOCK = 4096;

class WatchedSource extends MemorySource {
  readonly reads: ByteRange[] = [];

  override async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    this.reads.push({ offset, length: buffer.length });
    await super.readInto(buffer, offset);
  }
}

test("a sample misses wrong claims as often as the formula says, in 10 000 trials each", (t) => {
  const random = new Random(17);
  const trials = 10_000;
  for (const [claimed, wrong, count] of [
    [200, 4, 50],
    [2000, 2, 300],
    [300, 30, 20],
  ] as const) {
    // The volume's last block is never claimed.
    const volume = { volumeSize: (claimed + 1) * BLOCK, blockSize: BLOCK };
    let missed = 0;
    for (let trial = 0; trial < trials; trial++) {
      const isWrong = new Set<number>();
      while (isWrong.size < wrong) isWrong.add(random.below(claimed));
      const sample = sampleOutside([], { ...volume, count, random: () => random.below(2 ** 30) / 2 ** 30 });
      if (!sample.some((block) => isWrong.has(block))) missed++;
    }
    let exact = 1;
    for (let index = 0; index < wrong; index++) exact *= (claimed - count - index) / (claimed - index);
    const deviation = Math.sqrt((exact * (1 - exact)) / trials);
    t.log({ claimed, wrong, count, missed: missed / trials, exact, bound: (1 - wrong / claimed) ** count });
    t.true(Math.abs(missed / trials - exact) < 4 * deviation);
    t.true(missed / trials < (1 - wrong / claimed) ** count + 4 * deviation);
  }
});

for (const { title, runtime } of runtimes) {
  test(`${title}: a history by hints restores every point, and reads no other windows`, async (t) => {
    const random = new Random(20_261_128);
    // Gaps are longer than a window, so that an extent would reach over windows that were not read.
    const world = await World.create({
      runtime,
      blockSize: BLOCK,
      chunkSize: 4 * MIB,
      coalesceGap: 3 * MIB,
      codec: "zlib",
    });
    const volume = noise(9 * MIB + 100);
    const history = [volume.slice()];
    await world.backup(volume);
    for (let point = 1; point < 6; point++) {
      const changes: ByteRange[] = [];
      for (let count = random.below(5); count > 0; count--) {
        const length = 1 + random.below(20_000);
        const offset = random.below(volume.length - length);
        volume.set(noise(length, point * 10 + count), offset);
        changes.push({ offset, length });
      }
      history.push(volume.slice());
      const changed = changedRanges(changes);
      const source = new WatchedSource(volume);
      await world.backup(volume, { incremental: true, changed, source });
      const full = source.reads.filter(({ length }) => length > 16 * 1024);
      t.true(full.length <= changes.length * 2 + 1, `${full.length} windows for ${changes.length} changes`);
    }
    for (const [point, wanted] of history.entries()) {
      await world.restore(point, undefined);
      t.is(firstDifference(await world.restoredNew(point, wanted.length), wanted), -1, `point ${point}`);
    }
  });

  test(`${title}: a sample detects wrong claims as often as the formula says`, async (t) => {
    const random = new Random(7);
    const [blockSize, blockCount, wrongCount, sampleCount, trials] = [512, 200, 4, 50, 300];
    const volume = noise(blockSize * blockCount);
    const table = new Uint8Array(blockCount * DIGEST_SIZE);
    for (let block = 0; block < blockCount; block++) {
      const hash = runtime.hashes.sha256();
      hash.update(volume.subarray(block * blockSize, (block + 1) * blockSize));
      table.set(Buffer.from(hash.hex(), "hex"), block * DIGEST_SIZE);
    }
    const prove = async (wrong: ReadonlySet<number>, count: number): Promise<number | undefined> => {
      const present = volume.slice();
      for (const block of wrong) present[block * blockSize]! ^= 1;
      let at = 0;
      const digests = {
        async readInto(target: Uint8Array): Promise<number> {
          const part = table.subarray(at, at + target.length);
          target.set(part);
          at += part.length;
          return part.length / DIGEST_SIZE;
        },
        async copyTo(_: unknown, count: number): Promise<number> {
          at += count * DIGEST_SIZE;
          return count;
        },
      };
      return await findFalseClaim({
        ...{ source: new MemorySource(present), changed: [], digests, hashes: runtime.hashes, blockSize },
        ...{ sampleCount: count, random: () => random.below(2 ** 30) / 2 ** 30 },
      });
    };
    let missed = 0;
    for (let trial = 0; trial < trials; trial++) {
      const wrong = new Set<number>();
      while (wrong.size < wrongCount) wrong.add(random.below(blockCount - 1));
      const found = await prove(wrong, sampleCount);
      if (found === undefined) missed++;
      else t.true(wrong.has(found));
    }
    const bound = (1 - wrongCount / (blockCount - 1)) ** sampleCount;
    t.log({ missed: missed / trials, bound });
    t.true(missed / trials < bound + 0.06);
    // All wrong blocks are outside of the sample in about this share of the trials.
    t.true(Math.abs(missed / trials - (1 - sampleCount / (blockCount - 1)) ** wrongCount) < 0.1);
    t.is(await prove(new Set(), sampleCount), undefined);
    t.is(await prove(new Set([77]), blockCount), 77);
  });
}
