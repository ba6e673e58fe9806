/** A volume read out of a backup at any place, and over HTTP. */
import { openRepository } from "../../src/chain/repository.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { imageHandler } from "../../src/image/image-handler.js";
import { ImageMemory } from "../../src/image/image-memory.js";
import { VolumeImage } from "../../src/image/volume-image.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { Random } from "../fuzz/random.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { firstDifference, World } from "./world.js";

const BLOCK_SIZE = 4096;
const WINDOW_SIZE = 4 * BLOCK_SIZE;
const SIZE = 40 * BLOCK_SIZE + 99;
const CODECS: readonly CodecId[] = ["none", "zlib", "bz2", "zstd"];

const first = joined(prose(15 * BLOCK_SIZE), noise(15 * BLOCK_SIZE), new Uint8Array(SIZE - 30 * BLOCK_SIZE));
const points = [first, patched(first, 7 * BLOCK_SIZE, noise(3 * BLOCK_SIZE, 5))];

async function open(runtime: Runtime, codec: CodecId): Promise<{ world: World; memory: ImageMemory }> {
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: WINDOW_SIZE * 5, codec });
  for (const [number, bytes] of points.entries()) await world.backup(bytes, { incremental: number > 0 });
  const limits = { cacheSize: 6 * WINDOW_SIZE, windowSize: WINDOW_SIZE, openObjectsMax: 2 };
  return { world, memory: await ImageMemory.create({ runtime, ...limits }) };
}

export function imageTests(test: PortableTest, runtime: Runtime): void {
  for (const codec of CODECS) {
    test(`image, ${codec}: random reads of every point, many at once`, async (t) => {
      const { world, memory } = await open(runtime, codec);
      const images = await Promise.all(
        points.map(async (_, point) => VolumeImage.open(await world.openChain(point), memory)),
      );
      const random = new Random(7);
      const reads = Array.from({ length: 40 }, async (_, number) => {
        const point = number % points.length;
        const offset = random.below(SIZE);
        const buffer = new Uint8Array(random.below(SIZE - offset) + 1);
        await images[point]!.readInto(buffer, { offset });
        return firstDifference(buffer, points[point]!.subarray(offset, offset + buffer.length));
      });
      t.deepEqual([...new Set(await Promise.all(reads))], [-1]);
      await memory.close();
    });
  }
}

/** Where there are requests and responses. */
export function imageHandlerTests(test: PortableTest, runtime: Runtime): void {
  for (const codec of CODECS) {
    test(`image, ${codec}: ranges over HTTP`, async (t) => {
      const { world, memory } = await open(runtime, codec);
      const handler = imageHandler(await openRepository(world.sink, { hashes: runtime.hashes }), { memory });
      const url = `http://images.test/backups/${world.points[1]!.stored.backupId}.img`;
      for (const [from, end] of [
        [0, 1],
        [1000, 70_000],
        [SIZE - 5, SIZE],
      ] as const) {
        const response = await handler(new Request(url, { headers: { range: `bytes=${from}-${end - 1}` } }));
        t.is(response.status, 206);
        t.is(response.headers.get("content-range"), `bytes ${from}-${end - 1}/${SIZE}`);
        const found = new Uint8Array(await response.arrayBuffer());
        t.is(firstDifference(found, points[1]!.subarray(from, end)), -1);
      }
      const head = await handler(new Request(url, { method: "HEAD" }));
      t.is(head.headers.get("content-length"), String(SIZE));
      await memory.close();
    });
  }
}
