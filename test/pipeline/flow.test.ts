/** How a run behaves beside others and beside slow neighbours: what it holds, and that runs keep to themselves. */
import test from "ava";
import { InvalidStateError } from "../../src/errors.js";
import { backupWindowCount } from "../../src/pipeline/memory/plan.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { unhandledDuring, WatchedSink } from "./watched-sink.js";
import { firstDifference, runtimes, World } from "./world.js";

const BLOCK_SIZE = 16 * 1024;

for (const { title, runtime } of runtimes) {
  for (const codec of ["none", "zlib"] as const) {
    test(`a sink that stalls holds back the reading of the volume, ${codec}, ${title}`, async (t) => {
      const sink = new WatchedSink();
      const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 4 * MIB, codec, sink });
      const windowCount = backupWindowCount(world.options);
      const volume = noise(24 * MIB);
      let letGo = (): void => {};
      const released = new Promise<void>((release) => {
        letGo = release;
      });
      const stalled = new Promise<void>((resolve) => {
        sink.watch = (operation, name) => {
          if (operation !== "write" || !/-\d{5}$/.test(name)) return;
          resolve();
          return released;
        };
      });
      const inner = new MemorySource(volume);
      let windowsRead = 0;
      const source = {
        size: inner.size,
        readInto: (buffer: Uint8Array, offset: number): Promise<void> => {
          if (buffer.length === MIB) windowsRead++;
          return inner.readInto(buffer, offset);
        },
        close: () => inner.close(),
      };
      const work = world.backup(volume, { source });
      await stalled;
      await new Promise((resolve) => setTimeout(resolve, 300));
      const whileStalled = windowsRead;
      letGo();
      const { buffersInUseMax } = await work;
      t.true(whileStalled <= windowCount, `${whileStalled} windows were read`);
      t.true(buffersInUseMax <= windowCount);
      t.is(windowsRead, 24);
    });
  }

  test(`a target that stalls holds back the reading of objects, ${title}`, async (t) => {
    const sink = new WatchedSink();
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 4 * MIB, sink });
    const volume = noise(24 * MIB);
    await world.backup(volume);
    const chain = await world.openChain(0);
    let reads = 0;
    sink.watch = (operation, name) => {
      if (operation === "read" && /-\d{5}$/.test(name)) reads++;
    };
    let letGo = (): void => {};
    const stalled = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const inner = new MemoryTarget({ size: volume.length });
    const target = {
      size: inner.size,
      isZeroed: true,
      write: async (bytes: Uint8Array, offset: number): Promise<void> => {
        await stalled;
        await inner.write(bytes, offset);
      },
      sync: () => inner.sync(),
      close: () => inner.close(),
    };
    const work = restoreBackup(chain, target, { runtime });
    await new Promise((resolve) => setTimeout(resolve, 500));
    // A buffer for each object that is loaded, and those that are verified and written.
    t.true(reads <= 8, `${reads} windows were loaded`);
    letGo();
    await work;
    t.is(firstDifference(inner.bytes, volume), -1);
  });

  test(`runs side by side on one runtime keep to themselves, ${title}`, async (t) => {
    const unhandled = await unhandledDuring(async () => {
      await Promise.all(
        [1, 2, 3, 4, 5].map(async (seed) => {
          const world = await World.create({ runtime, blockSize: 4096, chunkSize: 1.5 * MIB, codec: "zlib" });
          const volume = joined(prose(MIB, seed), noise(MIB, seed), new Uint8Array(MIB), prose(seed));
          await world.backup(volume);
          const changed = patched(volume, seed * 100_000, noise(300_000, seed + 10));
          await world.backup(changed, { incremental: true });
          const [first, second] = await Promise.all([
            world.restoredNew(0, volume.length),
            world.restoredDirty(1, volume.length),
          ]);
          t.is(firstDifference(first, volume), -1);
          t.is(firstDifference(second, changed), -1);
        }),
      );
    });
    t.deepEqual(unhandled, []);
  });

  test(`one run that fails leaves the others alone, ${title}`, async (t) => {
    const sink = new WatchedSink();
    const world = await World.create({ runtime, blockSize: 4096, chunkSize: MIB, codec: "zlib" });
    const broken = await World.create({ runtime, blockSize: 4096, chunkSize: MIB, codec: "zlib", sink });
    sink.watch = (operation, name) => {
      if (operation === "close" && name.endsWith("-00002")) throw new Error("gone");
    };
    const volume = joined(prose(3 * MIB), noise(2 * MIB));
    const [failed] = await Promise.allSettled([broken.backup(volume), world.backup(volume)]);
    t.is(failed.status, "rejected");
    t.is(firstDifference(await world.restoredNew(0, volume.length), volume), -1);
  });

  test(`a target that is too small is refused before anything is written, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 4096, chunkSize: MIB });
    await world.backup(noise(10_000));
    const target = new MemoryTarget({ size: 9_999 });
    await t.throwsAsync(world.restore(0, target), {
      instanceOf: InvalidStateError,
      message: "volume size 9999 is too small to restore backup of size 10000 (bytes)",
    });
    t.true(target.bytes.every((byte) => byte === 0));
  });
}

test("either runtime restores what the other stored, and adds to its chains", async (t) => {
  const [one, other] = runtimes as [(typeof runtimes)[number], (typeof runtimes)[number]];
  const volume = joined(prose(2 * MIB), noise(100_000), new Uint8Array(3 * MIB));
  const changed = patched(volume, MIB, noise(2 * MIB, 4));
  for (const [writer, reader] of [
    [one, other],
    [other, one],
  ] as const) {
    const world = await World.create({
      runtime: writer.runtime,
      blockSize: 4096,
      chunkSize: 2 * MIB,
      codec: "zlib",
    });
    await world.backup(volume);
    world.runtime = reader.runtime;
    t.is(firstDifference(await world.restoredNew(0, volume.length), volume), -1);
    await world.backup(changed, { incremental: true });
    world.runtime = writer.runtime;
    t.is(firstDifference(await world.restoredNew(1, volume.length), changed), -1);
  }
});
