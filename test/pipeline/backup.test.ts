/** What a backup stores: extents, labels, tables; and what it refuses. */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import test from "ava";
import { fromUtf8 } from "../../src/bytes.js";
import { UsageError } from "../../src/errors.js";
import type { ManifestObject } from "../../src/format/manifest.js";
import { digestTableName, manifestName } from "../../src/format/names.js";
import { planBackupMemory } from "../../src/pipeline/memory/plan.js";
import { startProgress } from "../../src/pipeline/run/run.js";
import { MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { firstDifference, readObject, runtimes, World } from "./world.js";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const ranges = (objects: readonly ManifestObject[]): number[][] =>
  objects.map(({ offset, length }) => [offset, length]);
const labels = (objects: readonly ManifestObject[]): string[] =>
  objects.map(({ compression }) => compression);

for (const { title, runtime } of runtimes) {
  test(`what is stored is what the manifest says, to the byte, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 1000, chunkSize: 3000, codec: "zlib" });
    const volume = joined(noise(3000), prose(4500), new Uint8Array(1200));
    const progress = startProgress();
    const result = await world.backup(volume, { progress });
    const { prefix } = world.storedChain(0)[0]!;
    for (const { name, offset, length, compression, contentMd5 } of result.objects) {
      const stored = await readObject(world.sink, name);
      const plain = compression === "zlib" ? inflateSync(stored) : stored;
      t.is(firstDifference(plain, volume.subarray(offset, offset + length)), -1, name);
      t.is(contentMd5, md5(plain));
    }
    t.deepEqual(labels(result.objects), ["none", "zlib", "zlib"]);
    const manifest = await readObject(world.sink, manifestName(prefix));
    const table = await readObject(world.sink, digestTableName(prefix));
    t.is(result.manifestSha256, sha256(manifest));
    t.is(result.digestTableSha256, sha256(table));
    const digests: string[] = [];
    for (let at = 0; at < volume.length; at += 1000) digests.push(sha256(volume.subarray(at, at + 1000)));
    const fields = JSON.parse(fromUtf8(table)) as { sha256s: string[]; chunk_size: number };
    t.deepEqual(fields.sha256s, digests);
    t.is(fields.chunk_size, 1000);
    t.deepEqual(progress, {
      bytesTotal: volume.length,
      bytesDone: volume.length,
      bytesSkipped: 0,
      storedBytes: result.storedSize - manifest.length - table.length,
      objectCount: 3,
      digestCount: 9,
      stage: "completing",
      queuePosition: 0,
      zeroBlockCount: 1,
    });
  });

  for (const codec of runtime.codecs.keys()) {
    test(`stored bytes are counted although their memory is given back, ${title}, ${codec}`, async (t) => {
      const world = await World.create({ runtime, blockSize: 32 * 1024, chunkSize: 64 * 32 * 1024, codec });
      const volume = joined(prose(5_000_000), noise(2_500_000), new Uint8Array(3_000_000));
      const progress = startProgress();
      const { objects } = await world.backup(volume, { progress });
      const sizes = await Promise.all(
        objects.map(async ({ name }) => (await readObject(world.sink, name)).length),
      );
      t.is(
        progress.storedBytes,
        sizes.reduce((sum, size) => sum + size, 0),
      );
    });
  }

  test(`a run of changed blocks is one object, cut at chunks only, ${title}`, async (t) => {
    const blockSize = 32 * 1024;
    const chunkSize = 100 * blockSize;
    const world = await World.create({ runtime, blockSize, chunkSize });
    const volume = noise(250 * blockSize + 10);
    await world.backup(volume);
    // Across the windows (32 blocks) of the first chunk, up to its end and on; a block; the short last one.
    const changed = patched(
      patched(patched(volume, 20 * blockSize + 5, noise(90 * blockSize, 2)), 150 * blockSize, noise(1, 3)),
      volume.length - 1,
      Uint8Array.of(volume.at(-1)! ^ 1),
    );
    const { objects } = await world.backup(changed, { incremental: true });
    t.deepEqual(ranges(objects), [
      [20 * blockSize, 80 * blockSize],
      [100 * blockSize, 11 * blockSize],
      [150 * blockSize, blockSize],
      [250 * blockSize, 10],
    ]);
    t.is(firstDifference(await world.restoredNew(1, changed.length), changed), -1);
  });

  test(`a full backup is one object a chunk, numbered from 1, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 512, chunkSize: 1024 });
    const { objects } = await world.backup(noise(2500));
    const { prefix } = world.storedChain(0)[0]!;
    t.deepEqual(ranges(objects), [
      [0, 1024],
      [1024, 1024],
      [2048, 452],
    ]);
    t.deepEqual(
      objects.map(({ name }) => name),
      [`${prefix}-00001`, `${prefix}-00002`, `${prefix}-00003`],
    );
  });

  test(`an unchanged volume gives an incremental without objects, which restores, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 512, chunkSize: 1024, codec: "zlib" });
    const volume = noise(5000);
    await world.backup(volume);
    const { objects } = await world.backup(volume, { incremental: true });
    t.deepEqual(objects, []);
    t.is(firstDifference(await world.restoredDirty(1, volume.length), volume), -1);
  });

  test(`blocks that were zeroed are stored, and come back as zeros on a new volume, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 512, chunkSize: 4096, codec: "zlib" });
    await world.backup(noise(8192));
    const zeroed = patched(noise(8192), 1024, new Uint8Array(2048));
    const { objects } = await world.backup(zeroed, { incremental: true });
    t.deepEqual(ranges(objects), [[1024, 2048]]);
    t.is(firstDifference(await world.restoredNew(1, 8192), zeroed), -1);
    t.is(firstDifference(await world.restoredDirty(1, 8192), zeroed), -1);
  });

  test(`an object that does not shrink is stored plain, whatever its length in windows, ${title}`, async (t) => {
    const blockSize = 4096;
    const world = await World.create({ runtime, blockSize, chunkSize: 3 * MIB, codec: "zlib" });
    const volume = joined(noise(3 * MIB), prose(3 * MIB), noise(1000), new Uint8Array(500));
    const { objects } = await world.backup(volume);
    t.deepEqual(labels(objects), ["none", "zlib", "zlib"]);
    const tiny = await World.create({ runtime, blockSize: 1, chunkSize: 4, codec: "zlib" });
    const small = await tiny.backup(Uint8Array.of(1, 1, 1, 1, 2));
    t.deepEqual(labels(small.objects), ["none", "none"], "zlib needs more than four bytes for four bytes");
    t.is(firstDifference(await tiny.restoredNew(0, 5), Uint8Array.of(1, 1, 1, 1, 2)), -1);
  });

  test(`a chunk that starts incompressible and goes on compressible is found out, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 4096, chunkSize: 8 * MIB, codec: "zlib" });
    const volume = joined(noise(2 * MIB), prose(6 * MIB));
    const { objects } = await world.backup(volume);
    t.deepEqual(labels(objects), ["zlib"]);
    const stored = await readObject(world.sink, objects[0]!.name);
    t.true(stored.length < 2.2 * MIB);
    t.is(firstDifference(inflateSync(stored), volume), -1);
  });

  test(`volumes of zeros, short and long, are stored and come back, ${title}`, async (t) => {
    const blockSize = 4096;
    const world = await World.create({ runtime, blockSize, chunkSize: 2 * MIB, codec: "zlib" });
    const volume = new Uint8Array(5 * MIB + 4097);
    const { objects } = await world.backup(volume);
    t.deepEqual(
      objects.map(({ contentMd5 }) => contentMd5),
      [2 * MIB, 2 * MIB, MIB + 4097].map((length) => md5(new Uint8Array(length))),
    );
    for (const { name, length } of objects) {
      t.is(firstDifference(inflateSync(await readObject(world.sink, name)), new Uint8Array(length)), -1);
    }
    t.is(firstDifference(await world.restoredDirty(0, volume.length), volume), -1);
  });

  test(`a new target is not written where the volume is zero, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: 4096, chunkSize: 2 * MIB, codec: "zlib" });
    const volume = patched(new Uint8Array(6 * MIB), 3 * MIB, noise(MIB));
    await world.backup(volume);
    for (const isZeroed of [true, false]) {
      let written = 0;
      const target = {
        size: volume.length,
        isZeroed,
        write: async (bytes: Uint8Array): Promise<void> => {
          written += bytes.length;
        },
        sync: async (): Promise<void> => {},
        close: async (): Promise<void> => {},
      };
      await world.restore(0, target);
      t.is(written, isZeroed ? MIB : volume.length);
    }
  });

  test(`no more of the plan's buffers are in use than there are, ${title}`, async (t) => {
    const geometry = { blockSize: 4096, chunkSize: 3 * MIB };
    const world = await World.create({ runtime, ...geometry, codec: "zlib" });
    const plan = planBackupMemory({ ...geometry, codec: runtime.codecs.get("zlib"), coalesceGap: 0 });
    for (const volume of [noise(12 * MIB), prose(12 * MIB), new Uint8Array(12 * MIB)]) {
      const { buffersInUseMax, memory } = await world.backup(volume);
      t.deepEqual(memory, plan);
      t.true(buffersInUseMax >= 1 && buffersInUseMax <= plan.bufferCount);
      const restored = await world.restore(world.points.length - 1, undefined);
      t.true(restored.buffersInUseMax >= 1 && restored.buffersInUseMax <= restored.memory.bufferCount);
    }
  });
}

const { runtime } = runtimes[0]!;

for (const [title, geometry, message] of [
  [
    "a block of no bytes",
    { blockSize: 0, chunkSize: 10 },
    /block size 0: want a whole number of bytes from 1 to/,
  ],
  [
    "a block that fits no window",
    { blockSize: 17 * MIB, chunkSize: 17 * MIB },
    /Cannot use block size 17825792/,
  ],
  ["part of a byte", { blockSize: 1.5, chunkSize: 3 }, /Cannot use block size 1.5/],
  ["a chunk of no bytes", { blockSize: 512, chunkSize: 0 }, /Cannot use object size 0/],
  [
    "a chunk that ends inside a block",
    { blockSize: 512, chunkSize: 1000 },
    /want a multiple of the block size 512/,
  ],
] as const) {
  test(`refuses ${title} and stores nothing`, async (t) => {
    const world = await World.create({ runtime, ...geometry });
    await t.throwsAsync(world.backup(noise(100)), { instanceOf: UsageError, message });
    t.deepEqual(await world.names(), []);
  });
}

test("refuses an empty volume, of which no restore could tell the size", async (t) => {
  const world = await World.create({ runtime, blockSize: 512, chunkSize: 512 });
  await t.throwsAsync(world.backup(new Uint8Array(0)), { instanceOf: UsageError, message: /it is empty/ });
  t.deepEqual(await world.names(), []);
});

test("takes blocks and chunks of any size that fit each other", async (t) => {
  for (const [blockSize, chunkSize] of [
    [1, 1],
    [1, 100],
    [3, 21],
    [7919, 7919 * 5],
    [3 * MIB, 3 * MIB],
    [3 * MIB, 9 * MIB],
  ] as const) {
    const world = await World.create({ runtime, blockSize, chunkSize, codec: "zlib" });
    const volume = noise(Math.max(11, Math.floor(blockSize * 2.4)));
    await world.backup(volume);
    const changed = patched(volume, volume.length >> 1, prose(3));
    await world.backup(changed, { incremental: true });
    t.is(firstDifference(await world.restoredDirty(0, volume.length), volume), -1);
    t.is(firstDifference(await world.restoredDirty(1, volume.length), changed), -1);
  }
});
