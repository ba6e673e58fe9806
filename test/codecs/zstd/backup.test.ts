/** zstd through backup and restore: how objects are cut, what they are labelled, and that everything comes back. */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import test from "ava";
import { openChain } from "../../../src/chain/chain.js";
import type { StoredBackup } from "../../../src/chain/stored-backup.js";
import { type Codec, zerosMemory } from "../../../src/codecs/codec.js";
import { ZSTD_INPUT_MAX } from "../../../src/codecs/zstd/wasm/memory.js";
import { nativeZstd } from "../../../src/node/codecs/zstd/native.js";
import { openSink } from "../../../src/node/sink-host.js";
import { planBackupMemory } from "../../../src/pipeline/memory/plan.js";
import { restoreBackup } from "../../../src/pipeline/restore.js";
import type { Runtime } from "../../../src/pipeline/run/runtime.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { MemoryTarget } from "../../../src/sources/memory.js";
import { KIB, MIB } from "../../../src/units.js";
import { loadGoldenVectors } from "../../fixtures/golden-vectors.js";
import { joined, noise, patched, prose } from "../../pipeline/volume-bytes.js";
import { firstDifference, node, portable, readObject, World } from "../../pipeline/world.js";
import { hasPythonZstd, packageZstd, pooledZstd, pythonDecodes } from "./peers.js";

const BLOCK_SIZE = 32 * KIB;
// Before the first test: AVA takes none after an await.
const goldenVectors = (await loadGoldenVectors()).filter(({ compression }) => compression === "zstd");

interface Case {
  readonly title: string;
  readonly runtime: Runtime;
  /** Most plain bytes of an object that goes over a network. */
  readonly remoteMax: number;
}

function withZstd(codec: Codec): Runtime {
  return { ...node.runtime, codecs: new Map([["zstd", codec]]) };
}

/** Objects are cut here where they are encoded at once. */
const GATHERED_MAX: number = ZSTD_INPUT_MAX;
const native = pooledZstd();
const CASES: readonly Case[] = [
  { title: "portable", runtime: portable.runtime, remoteMax: GATHERED_MAX },
  {
    title: "Node without zstd",
    runtime: withZstd(packageZstd()),
    remoteMax: GATHERED_MAX,
  },
  ...(nativeZstd === undefined
    ? []
    : [{ title: "Node's own", runtime: withZstd(native), remoteMax: 12 * MIB }]),
];

class RemoteSink extends SinkLayer {
  override get isRemote(): boolean {
    return true;
  }
}

/** Cuts of `size` bytes where no object may have more than `objectSize`, none crosses a chunk. */
function cutsOf(size: number, chunkSize: number, objectSize: number): { offset: number; length: number }[] {
  const cuts: { offset: number; length: number }[] = [];
  for (let offset = 0; offset < size; ) {
    const chunkEnd = offset - (offset % chunkSize) + chunkSize;
    const length = Math.min(objectSize, chunkEnd - offset, size - offset);
    cuts.push({ offset, length });
    offset += length;
  }
  return cuts;
}

/** Compresses everywhere, and differs everywhere. */
function volumeOf(size: number): Uint8Array<ArrayBuffer> {
  return joined(...Array.from({ length: Math.ceil(size / 4096) }, (_, i) => prose(4096, i))).slice(0, size);
}

for (const { title, runtime, remoteMax } of CASES) {
  test.serial(`${title}: a chunk larger than the codec takes is cut into objects`, async (t) => {
    const chunkSize = 20 * MIB;
    const volume = volumeOf(45 * MIB + 1027);
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zstd" });
    const { objects, memory } = await world.backup(volume);
    const cuts = objects.map(({ offset, length }) => ({ offset, length }));
    t.deepEqual(cuts, cutsOf(volume.length, chunkSize, GATHERED_MAX));
    for (const { name, offset, length, compression, contentMd5 } of objects) {
      t.is(compression, "zstd");
      const plain = volume.subarray(offset, offset + length);
      t.is(contentMd5, createHash("md5").update(plain).digest("hex"));
      if (hasPythonZstd) t.is(firstDifference(pythonDecodes(await readObject(world.sink, name)), plain), -1);
    }
    t.true(memory.codec > 0);
    t.is(firstDifference(await world.restoredDirty(0, volume.length), volume), -1);
  });

  test.serial(`${title}: where each object is a request they are as large as memory allows`, async (t) => {
    const chunkSize = 50 * MIB;
    const volume = volumeOf(25 * MIB + 1027);
    const shape = { runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zstd" } as const;
    const world = await World.create({ ...shape, sink: new RemoteSink(new MemorySink()) });
    const { objects, memory } = await world.backup(volume);
    const cuts = objects.map(({ offset, length }) => ({ offset, length }));
    t.deepEqual(cuts, cutsOf(volume.length, chunkSize, remoteMax));
    t.is(memory.gatherSize, remoteMax);
    t.is(firstDifference(await world.restoredDirty(0, volume.length), volume), -1);
  });

  test.serial(`${title}: runs of an incremental are cut, and a chain of them comes back`, async (t) => {
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 64 * MIB, codec: "zstd" });
    const first = volumeOf(24 * MIB);
    // One run of nearly 20 MiB that starts inside of a window, then single blocks.
    const run = { from: MIB + BLOCK_SIZE, to: 21 * MIB - BLOCK_SIZE };
    const second = patched(first, run.from, prose(run.to - run.from, 77));
    const third = patched(patched(second, 5, noise(7)), 23 * MIB, new Uint8Array(2 * BLOCK_SIZE));
    await world.backup(first);
    const { objects } = await world.backup(second, { incremental: true });
    t.is(objects[0]!.offset, run.from);
    t.is(objects.length, Math.ceil(20 / (GATHERED_MAX / MIB)));
    for (const [i, { offset, length }] of objects.entries()) {
      t.true(length <= GATHERED_MAX);
      if (i > 0) t.is(offset, objects[i - 1]!.offset + objects[i - 1]!.length);
    }
    t.is(objects.at(-1)!.offset + objects.at(-1)!.length, run.to);
    const changes = await world.backup(third, { incremental: true });
    t.is(changes.objects.length, 2);
    for (const [point, volume] of [first, second, third].entries()) {
      t.is(firstDifference(await world.restoredDirty(point, volume.length), volume), -1, `point ${point}`);
    }
  });

  test.serial(`${title}: volumes of any size come back`, async (t) => {
    for (const size of [1, 100, BLOCK_SIZE, MIB - 1, MIB, MIB + 1, 4 * MIB, 4 * MIB + 1, 16 * MIB + 5]) {
      for (const chunkSize of [BLOCK_SIZE, 3 * MIB, 50 * MIB]) {
        if (size / chunkSize > 100) continue;
        const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zstd" });
        const volume = volumeOf(size);
        await world.backup(volume);
        t.is(
          firstDifference(await world.restoredDirty(0, size), volume),
          -1,
          `${size} in chunks of ${chunkSize}`,
        );
      }
    }
  });

  test.serial(
    `${title}: what does not shrink is stored as it is, and zeros as next to nothing`,
    async (t) => {
      const chunkSize = 4 * MIB;
      const volume = joined(
        noise(chunkSize),
        new Uint8Array(2 * chunkSize),
        joined(noise(chunkSize - 64 * KIB, 2), new Uint8Array(64 * KIB)),
        joined(new Uint8Array(MIB), noise(chunkSize - MIB, 3)),
        noise(BLOCK_SIZE, 4),
        noise(1, 5),
      );
      for (const incremental of [false, true]) {
        const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zstd" });
        if (incremental) await world.backup(prose(volume.length, 9));
        const { objects } = await world.backup(volume, { incremental });
        const labels = objects.map(({ compression }) => compression);
        t.is(labels[0], "none");
        t.deepEqual(labels.slice(1, 3), ["zstd", "zstd"]);
        t.is(labels[4], "zstd");
        t.is(labels[5], "none");
        t.is(
          firstDifference(await readObject(world.sink, objects[0]!.name), volume.subarray(0, chunkSize)),
          -1,
        );
        const [zeros, moreZeros] = await Promise.all(
          objects.slice(1, 3).map(({ name }) => readObject(world.sink, name)),
        );
        t.deepEqual(zeros, moreZeros);
        t.true(zeros!.length < 1000);
        const point = incremental ? 1 : 0;
        t.is(firstDifference(await world.restoredDirty(point, volume.length), volume), -1);
      }
    },
  );

  test.serial(`${title}: a block larger than the codec's objects is one object`, async (t) => {
    const blockSize = 16 * MIB;
    const world = await World.create({ runtime, blockSize, chunkSize: 2 * blockSize, codec: "zstd" });
    const volume = volumeOf(2 * blockSize + 5);
    const { objects } = await world.backup(volume);
    t.deepEqual(
      objects.map(({ offset, length }) => ({ offset, length })),
      cutsOf(volume.length, 2 * blockSize, blockSize),
    );
    t.is(firstDifference(await world.restoredDirty(0, volume.length), volume), -1);
  });

  test.serial(`${title}: a damaged object is reported by its name, with what is wrong`, async (t) => {
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: MIB, codec: "zstd" });
    const { objects } = await world.backup(volumeOf(MIB));
    const { name } = objects[0]!;
    const bytes = new Uint8Array(await readObject(world.sink, name));
    bytes[bytes.length - 1]! ^= 1;
    const writer = await world.sink.create("box", name);
    await writer.write(bytes);
    await writer.close();
    const failure = await t.throwsAsync(world.restore(0, new MemoryTarget({ size: MIB })));
    t.regex(failure!.message, /^Cannot decode object: its zstd data cannot be read: .*checksum/);
    t.true(failure!.message.includes(name));
  });

  for (const vector of goldenVectors) {
    const name = vector.directory.split("/").at(-1);
    test.serial(`${title}: restores the golden backups of ${name}`, async (t) => {
      const { sink } = await openSink(pathToFileURL(vector.directory).href);
      const chain: StoredBackup[] = [];
      for (const { container, prefix, id, volumeSha256 } of vector.backups) {
        chain.push({ sink, container, prefix, backupId: id, volumeId: vector.volumeId });
        const target = new MemoryTarget({ bytes: new Uint8Array(vector.recipe.size).fill(0xa5) });
        await restoreBackup(await openChain(chain, runtime.hashes), target, { runtime });
        t.is(createHash("sha256").update(target.bytes).digest("hex"), volumeSha256);
      }
    });
  }
}

test("the plan has the buffers in which objects are gathered, and the codec's own memory", (t) => {
  const codec = packageZstd();
  const plain = planBackupMemory({ blockSize: BLOCK_SIZE, chunkSize: 64 * MIB });
  const plan = planBackupMemory({ blockSize: BLOCK_SIZE, chunkSize: 64 * MIB, codec });
  t.is(plain.codec, 0);
  t.is(plain.gatherCount, 0);
  t.is(plan.gatherSize, GATHERED_MAX);
  t.true(plan.bufferCount < plain.bufferCount);
  const holes = zerosMemory(plan.windowSize);
  t.is(plan.read, plan.bufferCount * plan.windowSize + plan.gatherCount * plan.gatherSize + holes);
  t.true(plan.codec > codec.memory.shared);
  t.is(plan.total, plan.read + plan.work + plan.codec + plan.digests + plan.fixed);
  t.is(planBackupMemory({ blockSize: BLOCK_SIZE, chunkSize: MIB, codec }).gatherSize, MIB);
});
