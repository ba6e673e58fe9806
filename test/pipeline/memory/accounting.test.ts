/** The accounted peak of a run against its plan, for every codec, in both directions. */
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import type { CodecId } from "../../../src/codecs/codec.js";
import { IntegrityError } from "../../../src/errors.js";
import type { MemoryPlan } from "../../../src/pipeline/memory/plan.js";
import { MemoryTarget } from "../../../src/sources/memory.js";
import { KIB, MIB } from "../../../src/units.js";
import { joined, noise, patched, prose } from "../volume-bytes.js";
import { firstDifference, readObject, runtimes, World, writeObject } from "../world.js";

interface Accounted {
  readonly memory: MemoryPlan;
  readonly accountedPeak: number;
}

function checkPeak(t: ExecutionContext, { memory, accountedPeak }: Accounted): void {
  t.true(accountedPeak <= memory.accounted, `${accountedPeak} of ${memory.accounted}`);
  t.true(accountedPeak >= memory.read, "the pool at least is accounted for");
  const { read, work, codec, sink, digests, fixed } = memory;
  t.is(memory.accounted, read + work + codec + sink + digests);
  t.is(memory.total, memory.accounted + fixed);
}

/** Takes its time for every write, so that encoded bytes pile up before it. */
function slow<T extends { write(...given: never[]): Promise<void> }>(slowed: T, delayMs: number): T {
  const write = slowed.write.bind(slowed);
  slowed.write = (async (...given: never[]) => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await write(...given);
  }) as T["write"];
  return slowed;
}

/** Shrinks well, badly and not at all, in turns that windows and objects do not share. */
const MIXED = joined(
  prose(3 * MIB + 5),
  noise(2 * MIB + 77),
  new Uint8Array(3 * MIB),
  prose(MIB, 2),
  noise(3 * MIB, 2),
);
const CHUNK_SIZES = [32 * KIB, 96 * KIB, 2 * MIB, 1_999_994_880];
/** bzip2 takes ten times as long as the others. */
const BZ2_CHUNK_SIZES = [96 * KIB, 1_999_994_880];

for (const { title, runtime } of runtimes) {
  const ids: readonly CodecId[] = ["none", ...runtime.codecs.keys()];
  for (const codec of ids) {
    for (const chunkSize of codec === "bz2" ? BZ2_CHUNK_SIZES : CHUNK_SIZES) {
      test(`${title}, ${codec}, objects of ${chunkSize}: both directions stay within the plan`, async (t) => {
        const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize, codec });
        checkPeak(t, await world.backup(MIXED));
        const target = new MemoryTarget({ size: MIXED.length });
        checkPeak(t, await world.restore(0, target));
        t.is(firstDifference(target.bytes, MIXED), -1);
        const changed = patched(MIXED, 500_000, noise(4 * MIB, 9));
        checkPeak(t, await world.backup(changed, { incremental: true }));
        const second = new MemoryTarget({ size: MIXED.length });
        checkPeak(t, await world.restore(1, second));
        t.is(firstDifference(second.bytes, changed), -1);
      });
    }

    test(`${title}, ${codec}: a slow sink and a slow target stay within the plan`, async (t) => {
      const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize: 2 * MIB, codec });
      const create = world.sink.create.bind(world.sink);
      world.sink.create = async (container, name) => slow(await create(container, name), 15);
      checkPeak(t, await world.backup(MIXED));
      const target = slow(new MemoryTarget({ size: MIXED.length }), 5);
      checkPeak(t, await world.restore(0, target));
      t.is(firstDifference(target.bytes, MIXED), -1);
    });

    if (codec === "none") continue;

    // Alone, because the memory of the process is measured.
    test.serial(
      `${title}, ${codec}: an object that is more than it claims stays within the plan`,
      async (t) => {
        const bomb = await World.create({ runtime, blockSize: 4 * KIB, chunkSize: 32 * MIB, codec });
        await bomb.backup(new Uint8Array(32 * MIB).fill(7));
        const honest = await World.create({ runtime, blockSize: 4 * KIB, chunkSize: 32 * MIB, codec });
        const { memory } = await honest.backup(prose(40 * KIB));
        const [from] = (await bomb.names()).filter((name) => name.endsWith("-00001"));
        const [to] = (await honest.names()).filter((name) => name.endsWith("-00001"));
        await writeObject(honest.sink, to!, await readObject(bomb.sink, from!));
        const before = process.memoryUsage().arrayBuffers;
        await t.throwsAsync(honest.restore(0, undefined), { instanceOf: IntegrityError });
        t.true(process.memoryUsage().arrayBuffers - before < memory.total);
      },
    );
  }

  test(`${title}: volumes of any make stay within the plan, with every codec`, async (t) => {
    const piece = fc.record({
      kind: fc.constantFrom("noise", "prose", "zero"),
      length: fc.integer({ min: 1, max: 300_000 }),
    });
    const bytesOf = ({ kind, length }: { kind: string; length: number }): Uint8Array =>
      kind === "noise" ? noise(length) : kind === "prose" ? prose(length) : new Uint8Array(length);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ids),
        fc.constantFrom(512, 4096, 40_000),
        fc.integer({ min: 1, max: 40 }),
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        async (codec, blockSize, blocks, pieces) => {
          const world = await World.create({ runtime, blockSize, chunkSize: blockSize * blocks, codec });
          const volume = joined(...pieces.map(bytesOf));
          checkPeak(t, await world.backup(volume));
          checkPeak(t, await world.restore(0, undefined));
        },
      ),
      { numRuns: 40 },
    );
  });
}
