/** Reads at any place give what the volume had at that point, from any codec, in bounded memory. */
import test from "ava";
import { toUtf8 } from "../../src/bytes.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { IntegrityError, StorageError, UsageError } from "../../src/errors.js";
import { digestTableName } from "../../src/format/names.js";
import { type CreateImageMemoryOptions, ImageMemory } from "../../src/image/image-memory.js";
import { VolumeImage } from "../../src/image/volume-image.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectReader, OpenOptions } from "../../src/sinks/sink.js";
import { Random } from "../fuzz/random.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import {
  CONTAINER,
  firstDifference,
  node,
  portable,
  readObject,
  runtimes,
  World,
  writeObject,
} from "../pipeline/world.js";

const BLOCK_SIZE = 4096;
const WINDOW_SIZE = 4 * BLOCK_SIZE;
const CODECS: readonly CodecId[] = ["none", "zlib", "bz2", "zstd"];
const SIZE = 60 * BLOCK_SIZE + 777;

/** A chain of three: what compresses, what does not, zeros, and what changed twice. */
const first = joined(
  prose(20 * BLOCK_SIZE),
  noise(20 * BLOCK_SIZE),
  new Uint8Array(10 * BLOCK_SIZE),
  prose(SIZE - 50 * BLOCK_SIZE, 2),
);
const second = patched(
  patched(first, 5 * BLOCK_SIZE, noise(9 * BLOCK_SIZE, 5)),
  42 * BLOCK_SIZE,
  prose(BLOCK_SIZE, 7),
);
const third = patched(
  patched(second, 8 * BLOCK_SIZE + 5, new Uint8Array(3 * BLOCK_SIZE)),
  SIZE - 10,
  prose(10, 9),
);
const points = [first, second, third];

/** Counts the objects that are open, and notes which were opened. */
class OpenCountingSink extends MemorySink {
  openCount = 0;
  readonly opened: string[] = [];
  /** Called before each read. */
  onRead: (name: string) => void | Promise<void> = () => {};

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const reader = await super.open(container, name, options);
    this.openCount++;
    this.opened.push(name);
    return {
      size: reader.size,
      readInto: async (buffer) => {
        await this.onRead(name);
        return await reader.readInto(buffer);
      },
      close: async () => {
        this.openCount--;
        await reader.close();
      },
    };
  }

  /** Of which data was read. */
  get data(): string[] {
    return this.opened.filter((name) => /-\d{5}$/.test(name));
  }
}

interface Site {
  readonly world: World;
  readonly sink: OpenCountingSink;
}

async function createSite(
  runtime: Runtime,
  codec: CodecId,
  chunkSize: number = 16 * BLOCK_SIZE,
): Promise<Site> {
  const sink = new OpenCountingSink();
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec, sink });
  for (const [number, bytes] of points.entries()) await world.backup(bytes, { incremental: number > 0 });
  return { world, sink };
}

/** Small enough that windows have to give way. */
function createMemory(
  runtime: Runtime,
  options: Partial<CreateImageMemoryOptions> = {},
): Promise<ImageMemory> {
  return ImageMemory.create({
    cacheSize: 8 * WINDOW_SIZE,
    windowSize: WINDOW_SIZE,
    openObjectsMax: 3,
    ...options,
    runtime,
  });
}

async function readAt(image: VolumeImage, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  await image.readInto(buffer, { offset });
  return buffer;
}

for (const { title, runtime } of runtimes) {
  for (const codec of CODECS) {
    test(`${title}, ${codec}: random reads of every point are the volume's bytes, many at once`, async (t) => {
      const { world, sink } = await createSite(runtime, codec);
      const memory = await createMemory(runtime);
      const images = await Promise.all(
        points.map(async (_, point) => VolumeImage.open(await world.openChain(point), memory)),
      );
      const random = new Random(11);
      const reads = Array.from({ length: 90 }, async (_, number) => {
        const point = number % points.length;
        const offset = random.below(SIZE);
        const length = random.below(Math.min(SIZE - offset, number % 4 === 0 ? SIZE : 3 * BLOCK_SIZE) + 1);
        const found = await readAt(images[point]!, offset, length);
        return firstDifference(found, points[point]!.subarray(offset, offset + length));
      });
      t.deepEqual([...new Set(await Promise.all(reads))], [-1]);
      await memory.close();
      t.is(sink.openCount, 0, "nothing stays open");
    });
  }
}

test("a whole image comes in pieces, and each object is decoded once", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "zlib");
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(await world.openChain(0), memory);
  t.is(image.size, SIZE);
  sink.opened.length = 0;
  const found = new Uint8Array(SIZE);
  let at = 0;
  for await (const piece of image.pieces({ offset: 0, length: SIZE })) {
    t.true(piece.length <= WINDOW_SIZE);
    found.set(piece, at);
    at += piece.length;
  }
  t.is(firstDifference(found, first), -1);
  t.is(sink.data.length, new Set(sink.data).size);
  await memory.close();
});

test("small reads one behind the other decode an object once, in a cache of four windows", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "bz2", 64 * BLOCK_SIZE);
  const memory = await createMemory(portable.runtime, { cacheSize: 4 * WINDOW_SIZE });
  const image = await VolumeImage.open(await world.openChain(0), memory);
  sink.opened.length = 0;
  for (let offset = 0; offset < 38 * BLOCK_SIZE; offset += 1000) {
    const found = await readAt(image, offset, 1000);
    if (firstDifference(found, first.subarray(offset, offset + 1000)) !== -1) t.fail(`at ${offset}`);
  }
  t.is(sink.data.length, 1);
  t.true(memory.work.decodedSize <= 40 * BLOCK_SIZE);
  await memory.close();
});

test("an object that fits half of the cache is decoded once, backwards too", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "zlib");
  const memory = await createMemory(portable.runtime, { cacheSize: 32 * WINDOW_SIZE });
  const image = await VolumeImage.open(await world.openChain(0), memory);
  sink.opened.length = 0;
  for (let offset = 15 * BLOCK_SIZE; offset >= 0; offset -= BLOCK_SIZE) await readAt(image, offset, 100);
  t.is(sink.data.length, 1);
  t.is(memory.work.decodedSize, 16 * BLOCK_SIZE);
  await memory.close();
});

test("who reads on keeps the place when somebody reads elsewhere in the same object", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "zlib", 64 * BLOCK_SIZE);
  const memory = await createMemory(portable.runtime, { cacheSize: 4 * WINDOW_SIZE });
  const image = await VolumeImage.open(await world.openChain(0), memory);
  sink.opened.length = 0;
  for (let step = 0; step < 4; step++) {
    await readAt(image, step * WINDOW_SIZE, 10);
    await readAt(image, (5 + step) * WINDOW_SIZE, 10);
  }
  t.is(sink.data.length, 2);
  await memory.close();
});

test("plain objects are read where they are wanted, and no further", async (t) => {
  const { world } = await createSite(portable.runtime, "none", 64 * BLOCK_SIZE);
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(await world.openChain(0), memory);
  await readAt(image, 30 * BLOCK_SIZE, 1);
  t.is(memory.work.decodedSize, WINDOW_SIZE);
  await memory.close();
});

test("zeros are given without a look at any object, a short last block among them", async (t) => {
  const sink = new OpenCountingSink();
  const world = await World.create({
    runtime: portable.runtime,
    blockSize: BLOCK_SIZE,
    chunkSize: 16 * BLOCK_SIZE,
    sink,
  });
  const bytes = joined(prose(BLOCK_SIZE), new Uint8Array(40 * BLOCK_SIZE + 5));
  await world.backup(bytes);
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(await world.openChain(0), memory);
  sink.opened.length = 0;
  const found = await readAt(image, BLOCK_SIZE, bytes.length - BLOCK_SIZE);
  t.is(firstDifference(found, bytes.subarray(BLOCK_SIZE)), -1);
  t.deepEqual(sink.data, []);
  t.is(
    firstDifference(await readAt(image, BLOCK_SIZE - 3, 6), bytes.subarray(BLOCK_SIZE - 3, BLOCK_SIZE + 3)),
    -1,
  );
  t.is(sink.data.length, 1);
  await memory.close();
});

test("points of a chain share what was decoded", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "zlib");
  const memory = await createMemory(portable.runtime, { cacheSize: 64 * WINDOW_SIZE });
  for (const [point, bytes] of points.entries()) {
    const image = await VolumeImage.open(await world.openChain(point), memory);
    t.is(firstDifference(await readAt(image, 0, SIZE), bytes), -1);
  }
  t.is(sink.data.length, new Set(sink.data).size);
  await memory.close();
});

test("a table of another layout serves too", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "none");
  const chain = world.storedChain(2);
  for (const { prefix } of chain) {
    const name = digestTableName(prefix);
    const fields: unknown = JSON.parse(new TextDecoder().decode(await readObject(sink, name)));
    await writeObject(sink, name, toUtf8(JSON.stringify(fields)));
  }
  const { openChain } = await import("../../src/chain/chain.js");
  const stored = chain.map((backup) => ({ ...backup, digestTableSha256: undefined }));
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(await openChain(stored, portable.runtime.hashes), memory);
  t.is(firstDifference(await readAt(image, 100, SIZE - 100), third.subarray(100)), -1);
  await memory.close();
});

test("a byte that changed in an object is an error that names it, and is read anew afterwards", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "none");
  const chain = await world.openChain(0);
  const { name } = chain.plan.objects[1]!.object;
  const good = await readObject(sink, name);
  await writeObject(sink, name, patched(good, 5 * BLOCK_SIZE, Uint8Array.of(good[5 * BLOCK_SIZE]! ^ 1)));
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(chain, memory);
  const error = await t.throwsAsync(readAt(image, 16 * BLOCK_SIZE, 8 * BLOCK_SIZE), {
    instanceOf: IntegrityError,
  });
  t.like(error?.location, { objectName: name, blockIndex: 21, offset: 21 * BLOCK_SIZE });
  t.is(
    firstDifference(
      await readAt(image, 16 * BLOCK_SIZE, 5 * BLOCK_SIZE),
      first.subarray(16 * BLOCK_SIZE, 21 * BLOCK_SIZE),
    ),
    -1,
    "the blocks before are good",
  );
  await writeObject(sink, name, good);
  t.is(firstDifference(await readAt(image, 0, SIZE), first), -1);
  await memory.close();
  t.is(sink.openCount, 0);
});

for (const codec of CODECS) {
  test(`${codec}: an object that is too short, or cut, or gone is an error, and nothing stays open`, async (t) => {
    for (const runtime of [portable.runtime, node.runtime]) {
      const { world, sink } = await createSite(runtime, codec);
      const chain = await world.openChain(0);
      const { name } = chain.plan.objects[0]!.object;
      const bytes = await readObject(sink, name);
      for (const damaged of [
        bytes.subarray(0, bytes.length - 20),
        bytes.subarray(0, 1),
        new Uint8Array(0),
        undefined,
      ]) {
        if (damaged === undefined) await sink.remove(CONTAINER, name);
        else await writeObject(sink, name, damaged);
        const memory = await createMemory(runtime);
        const image = await VolumeImage.open(chain, memory);
        await t.throwsAsync(readAt(image, 0, 16 * BLOCK_SIZE), { instanceOf: IntegrityError });
        await t.throwsAsync(readAt(image, 15 * BLOCK_SIZE, 10), { instanceOf: IntegrityError });
        await memory.close();
        t.is(sink.openCount, 0);
      }
    }
  });
}

test("a connection that ended while nobody read is no failure", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "none", 64 * BLOCK_SIZE);
  const memory = await createMemory(portable.runtime, { cacheSize: 4 * WINDOW_SIZE });
  const image = await VolumeImage.open(await world.openChain(0), memory);
  await readAt(image, 0, WINDOW_SIZE);
  let failures = 1;
  sink.onRead = () => {
    if (failures-- > 0) throw new StorageError("Cannot read: connection reset", { call: "read" });
  };
  const next = await readAt(image, WINDOW_SIZE, WINDOW_SIZE);
  t.is(firstDifference(next, first.subarray(WINDOW_SIZE, 2 * WINDOW_SIZE)), -1);
  failures = 2;
  await t.throwsAsync(readAt(image, 2 * WINDOW_SIZE, WINDOW_SIZE), { instanceOf: StorageError });
  await memory.close();
  t.is(sink.openCount, 0);
});

test("a read ends with its signal, and leaves the others alone", async (t) => {
  const { world, sink } = await createSite(portable.runtime, "zlib", 64 * BLOCK_SIZE);
  const memory = await createMemory(portable.runtime);
  const image = await VolumeImage.open(await world.openChain(0), memory);
  const controller = new AbortController();
  const reason = new Error("gone");
  sink.onRead = () => controller.abort(reason);
  const buffer = new Uint8Array(10);
  const stopped = image.readInto(buffer, { offset: 30 * BLOCK_SIZE, signal: controller.signal });
  const other = readAt(image, 35 * BLOCK_SIZE, 10);
  t.is(await t.throwsAsync(stopped), reason);
  t.is(firstDifference(await other, first.subarray(35 * BLOCK_SIZE, 35 * BLOCK_SIZE + 10)), -1);
  await memory.close();
  t.is(sink.openCount, 0);
});

test("a zstd decoder takes what its frame asks for, and not what any frame could", async (t) => {
  const bytes = prose(6 * 2 ** 20);
  const options = {
    runtime: portable.runtime,
    blockSize: 32_768,
    chunkSize: 2 ** 23,
    codec: "zstd",
  } as const;
  const world = await World.create(options);
  await world.backup(bytes);
  const decodersSize = 4 * 2 ** 20;
  const memory = await ImageMemory.create({ runtime: portable.runtime, decodersSize });
  const image = await VolumeImage.open(await world.openChain(0), memory);
  t.is(firstDifference(await readAt(image, 0, bytes.length), bytes), -1);
  t.true(memory.work.decodersPeak > 2 ** 21 && memory.work.decodersPeak <= decodersSize);
  await memory.close();
});

test("what is not in the volume, and what does not fit the memory, is refused", async (t) => {
  const { world } = await createSite(portable.runtime, "zstd");
  const chain = await world.openChain(0);
  const memory = await createMemory(portable.runtime, { decodersSize: 1000 });
  const image = await VolumeImage.open(chain, memory);
  for (const [offset, length] of [
    [SIZE, 1],
    [-1, 1],
    [0.5, 1],
    [SIZE - 1, 2],
  ] as const)
    await t.throwsAsync(readAt(image, offset, length), { instanceOf: UsageError });
  t.is((await readAt(image, SIZE, 0)).length, 0);
  await t.throwsAsync(readAt(image, 0, 1), { instanceOf: UsageError, message: /decodersSize is 1000/ });
  const small = await createMemory(portable.runtime, { windowSize: 512 });
  await t.throwsAsync(VolumeImage.open(chain, small), {
    instanceOf: UsageError,
    message: /its blocks have 4096 bytes/,
  });
  for (const wrong of [{ cacheSize: 1 }, { windowSize: 0 }, { openObjectsMax: 0.5 }, { decodersSize: -1 }])
    await t.throwsAsync(createMemory(portable.runtime, wrong), { instanceOf: UsageError });
});
