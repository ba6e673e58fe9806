/** Where a run says that its time went. */
import test from "ava";
import { Profile, type StageFigures } from "../../../src/pipeline/run/profile.js";
import type { Clock } from "../../../src/ports.js";
import { MemoryTarget } from "../../../src/sources/memory.js";
import { KIB, MIB } from "../../../src/units.js";
import { joined, noise, patched, prose } from "../volume-bytes.js";
import { runtimes, World } from "../world.js";

function fakeClock() {
  let nowMs = 1000;
  const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs };
  return { clock, pass: (ms: number) => (nowMs += ms) };
}

const realClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

/** Seconds of busy, waiting for input, waiting for output. */
function timesOf({ busySeconds, waitInputSeconds, waitOutputSeconds }: StageFigures): number[] {
  return [busySeconds, waitInputSeconds, waitOutputSeconds];
}

test("a stage works, or has nothing to take, or is kept from taking it", (t) => {
  const { clock, pass } = fakeClock();
  const profile = new Profile(clock);
  const [first, second] = [profile.stage("first"), profile.stage("second")];
  first.take(10);
  first.start();
  pass(1000);
  first.end();
  first.give(10);
  // The first one could go on, and what it gave lies there.
  pass(2000);
  second.take(10);
  second.start();
  second.start();
  first.done();
  pass(4000);
  second.end();
  pass(8000);
  second.end();
  pass(16_000);
  profile.end();
  pass(32_000);
  t.deepEqual(
    profile.stages.map(({ stage, bytes }) => [stage, bytes]),
    [
      ["first", 10],
      ["second", 10],
    ],
  );
  t.deepEqual(profile.stages.map(timesOf), [
    [1, 28, 2],
    [12, 17, 2],
  ]);
});

test("a run that has not ended has no stages", (t) => {
  const profile = new Profile(fakeClock().clock);
  profile.stage("read");
  t.deepEqual(profile.stages, []);
});

const BLOCK_SIZE: number = 4 * KIB;
const CHUNK_SIZE: number = 2 * MIB;

for (const { title, runtime } of runtimes) {
  for (const codec of ["none", "zlib", "zstd"] as const) {
    test(`every byte goes through every stage, and a stage's times add up, ${codec}, ${title}`, async (t) => {
      const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, codec });
      const volume = joined(prose(5 * MIB), new Uint8Array(MIB), noise(100_001));
      const full = new Profile(realClock);
      await world.backup(volume, { profile: full });
      const bytesOf = (profile: Profile) =>
        Object.fromEntries(profile.stages.map(({ stage, bytes }) => [stage, bytes]));
      const { length } = volume;
      t.deepEqual(bytesOf(full), {
        read: length,
        digest: length,
        diff: length,
        compress: length,
        store: length,
      });

      const changed = patched(volume, 3 * MIB, new Uint8Array(100).fill(1));
      const incremental = new Profile(realClock);
      await world.backup(changed, { incremental: true, profile: incremental });
      const stored = { compress: BLOCK_SIZE, store: BLOCK_SIZE };
      t.deepEqual(bytesOf(incremental), { read: length, digest: length, diff: length, ...stored });

      const restored = new Profile(realClock);
      const target = new MemoryTarget({ size: length });
      await world.restore(0, target, { profile: restored });
      t.is(Buffer.compare(target.bytes, volume), 0);
      const { load, decompress, ...plain } = bytesOf(restored);
      t.is(load, decompress);
      t.true(codec === "none" ? load === length : load! < length);
      t.deepEqual(plain, { verify: length, write: length });

      for (const profile of [full, incremental, restored]) {
        const sums = profile.stages.map((stage) => timesOf(stage).reduce((sum, time) => sum + time));
        t.true(profile.stages.every((stage) => timesOf(stage).every((time) => time >= 0)));
        // Between the beginning of the first stage and that of the last there is next to nothing.
        for (const sum of sums)
          t.true(Math.abs(sum - sums[0]!) < 0.5 * sums[0]!, JSON.stringify(profile.stages));
        t.true(profile.stages.find(({ stage }) => /digest|verify/.test(stage))!.busySeconds > 0);
      }
    });
  }
}
