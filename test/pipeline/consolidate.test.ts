/** A chain made into one full backup: the same bytes, the same digests, and nothing where it fails. */
import test from "ava";
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { CancelledError, IntegrityError, StorageError } from "../../src/errors.js";
import type { BackupResult } from "../../src/pipeline/backup.js";
import { type ConsolidateOptions, consolidate } from "../../src/pipeline/consolidate.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { discard } from "../../src/pipeline/stages/discard.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { Random } from "../fuzz/random.js";
import { noise, patched } from "./volume-bytes.js";
import { unhandledDuring, WatchedSink } from "./watched-sink.js";
import {
  CONTAINER,
  firstDifference,
  node,
  portable,
  readObject,
  runtimes,
  World,
  writeObject,
} from "./world.js";

const BLOCK_SIZE = 512;
const BLOCK_COUNT = 200;
const VOLUME_SIZE = BLOCK_COUNT * BLOCK_SIZE + 77;
const CHUNK_SIZE = 32 * BLOCK_SIZE;
const PREFIX = "consolidated";

/** Half of it shrinks. */
function volumeOf(seed: number): Uint8Array {
  const bytes = noise(VOLUME_SIZE, seed);
  bytes.fill(7, 0, VOLUME_SIZE >> 1);
  return bytes;
}

/** Volumes at the points of a history: runs of blocks change here and there, some of them inside older runs. */
function history(length: number, seed: number): Uint8Array[] {
  const random = new Random(seed);
  const volumes = [volumeOf(seed)];
  while (volumes.length < length) {
    let next = volumes.at(-1)!;
    for (let i = 0; i < 6; i++) {
      const first = random.below(BLOCK_COUNT);
      const count = 1 + random.below(20);
      const at = first * BLOCK_SIZE;
      const size = Math.min(count * BLOCK_SIZE, VOLUME_SIZE - at);
      const bytes = random.below(3) === 0 ? new Uint8Array(size) : noise(size, random.below(1e6));
      next = patched(next, at, bytes);
    }
    volumes.push(next);
  }
  return volumes;
}

async function worldOf(
  { runtime }: (typeof runtimes)[number],
  volumes: readonly Uint8Array[],
  codec: CodecId = "zlib",
): Promise<World> {
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, codec });
  for (const [index, bytes] of volumes.entries()) await world.backup(bytes, { incremental: index > 0 });
  return world;
}

async function consolidated(
  world: World,
  point: number,
  options: Partial<ConsolidateOptions> = {},
): Promise<{ result: BackupResult; stored: StoredBackup }> {
  const { runtime } = world;
  const { codec = "none", chunkSize } = world.options;
  const result = await consolidate(await world.openChain(point), {
    runtime,
    prefix: PREFIX,
    codec: codec === "none" ? undefined : runtime.codecs.get(codec),
    chunkSize,
    ...options,
  });
  const { manifestSha256, digestTableSha256 } = result;
  const before = world.points[point]!.stored;
  return { result, stored: { ...before, prefix: PREFIX, manifestSha256, digestTableSha256 } };
}

async function restored(world: World, chain: readonly StoredBackup[]): Promise<Uint8Array> {
  const target = new MemoryTarget({ size: VOLUME_SIZE });
  const { runtime } = world;
  await restoreBackup(await openChain(chain, runtime.hashes), target, { runtime });
  return target.bytes;
}

for (const named of runtimes) {
  for (const codec of ["none", "zlib", "bz2", "zstd"] as const) {
    test(`a chain of six becomes one: ${codec}, ${named.title}`, async (t) => {
      const volumes = history(6, 3);
      const world = await worldOf(named, volumes, codec);
      const { result, stored } = await consolidated(world, 4);
      t.is(firstDifference(await restored(world, [stored]), volumes[4]!), -1);
      const [child] = world.storedChain(5).slice(-1);
      t.is(firstDifference(await restored(world, [stored, child!]), volumes[5]!), -1);
      // What children are diffed against has not changed.
      const [before, after] = [world.points[4]!.stored.prefix, PREFIX].map((prefix) =>
        readObject(world.sink, `${prefix}_sha256file`),
      );
      t.is(firstDifference(await after!, await before!), -1);
      let end = 0;
      for (const { offset, length } of result.objects) {
        t.is(offset, end);
        end += length;
        t.true(Math.floor(offset / CHUNK_SIZE) === Math.floor((end - 1) / CHUNK_SIZE));
      }
      t.is(end, VOLUME_SIZE);
      t.true(result.accountedPeak <= result.memory.accounted);
    });
  }
}

test("chains of any make give the bytes that a restore gives, with one object at a time and with many", async (t) => {
  for (let seed = 10; seed < 16; seed++) {
    const volumes = history(2 + (seed % 5), seed);
    const world = await worldOf(seed % 2 === 0 ? node : portable, volumes, seed % 3 === 0 ? "none" : "zlib");
    const { stored } = await consolidated(world, volumes.length - 1, {
      concurrentObjects: 1 + (seed % 4),
      // Chunks of another size than before.
      chunkSize: BLOCK_SIZE * (5 + seed),
    });
    t.is(firstDifference(await restored(world, [stored]), volumes.at(-1)!), -1, `seed ${seed}`);
  }
});

test("incompressible chunks are stored as they are, and those that had shrunk are encoded", async (t) => {
  const chunkSize = 4096 * BLOCK_SIZE;
  const bytes = noise(2 * chunkSize, 4);
  // The first window of the first chunk does not shrink, the rest of it does; the second chunk is noise.
  bytes.fill(0, chunkSize >> 1, chunkSize);
  const { runtime } = node;
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zlib" });
  await world.backup(bytes);
  const changed = patched(bytes, 0, noise(BLOCK_SIZE, 9));
  await world.backup(changed, { incremental: true });
  const { result } = await consolidated(world, 1);
  t.deepEqual(
    result.objects.map(({ compression }) => compression),
    ["zlib", "none"],
  );
});

test("a chain that is nested deeply keeps to its plan, which grows by the objects that are open at once", async (t) => {
  const depth = 12;
  const volumes = [volumeOf(1)];
  for (let i = 1; i <= depth; i++) {
    // Each run of changes lies inside the one before; all of them in one chunk.
    const size = (2 * (depth - i) + 1) * BLOCK_SIZE;
    volumes.push(patched(volumes.at(-1)!, i * BLOCK_SIZE, noise(size, i + 50)));
  }
  const world = await worldOf(portable, volumes);
  const shallow = await consolidated(world, 1, { prefix: "shallow" });
  const { result, stored } = await consolidated(world, depth, { concurrentObjects: 1 });
  t.is(firstDifference(await restored(world, [stored]), volumes.at(-1)!), -1);
  t.true(result.memory.total > shallow.result.memory.total);
  t.true(result.accountedPeak <= result.memory.accounted);
});

for (const [title, damage] of [
  ["a byte that shows", "shown"],
  ["a byte that a newer backup covers", "covered"],
] as const) {
  test(`${title} is found, and nothing is left: portable and node`, async (t) => {
    for (const named of runtimes) {
      const volumes = [volumeOf(1), patched(volumeOf(1), 190 * BLOCK_SIZE, noise(5 * BLOCK_SIZE, 2))];
      const world = await worldOf(named, volumes, damage === "shown" ? "none" : "zlib");
      // The last object but one lies in noise, the last is cut short by the incremental's.
      const object = world.points[0]!.result.objects.at(damage === "shown" ? -2 : 0)!;
      const bytes = await readObject(world.sink, object.name);
      if (damage === "shown") bytes[3 * BLOCK_SIZE]! ^= 1;
      else bytes[bytes.length - 1]! ^= 1;
      await writeObject(world.sink, object.name, bytes);
      const before = await world.names();
      const error = await t.throwsAsync(consolidated(world, 1), { instanceOf: IntegrityError });
      const { location } = error as IntegrityError;
      t.is(location.objectName, object.name);
      t.is(location.backupId, world.points[0]!.stored.backupId);
      if (damage === "shown") t.is(location.offset, object.offset + 3 * BLOCK_SIZE);
      t.deepEqual(await world.names(), before);
    }
  });
}

test("a digest table that is not the volume's is found at its first wrong block", async (t) => {
  const world = await worldOf(portable, history(2, 5));
  const name = `${world.points[1]!.stored.prefix}_sha256file`;
  const table = new TextDecoder().decode(await readObject(world.sink, name));
  const first = /[0-9a-f]{64}/.exec(table)![0];
  const other = first.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  await writeObject(world.sink, name, new TextEncoder().encode(table.replace(first, other)));
  const before = await world.names();
  const error = await t.throwsAsync(consolidated(world, 1), { instanceOf: IntegrityError });
  t.like((error as IntegrityError).location, { offset: 0, blockIndex: 0 });
  t.deepEqual(await world.names(), before);
});

for (const { title, runtime } of runtimes) {
  for (const kind of ["cancelled", "failed"] as const) {
    test(`one that is ${kind} at any call of the store leaves nothing of itself, and all that was, ${title}`, async (t) => {
      t.timeout(120_000);
      const sink = new WatchedSink();
      const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, sink });
      const volumes = history(3, 8).map((bytes) => bytes.subarray(0, 70 * BLOCK_SIZE));
      for (const [index, bytes] of volumes.entries()) await world.backup(bytes, { incremental: index > 0 });
      const before = await world.names();
      const chain = await world.openChain(2);
      let isDone = false;
      const unhandled = await unhandledDuring(async () => {
        for (let at = 1; !isDone; at++) {
          const controller = new AbortController();
          let calls = 0;
          let isCleaning = false;
          sink.watch = (operation) => {
            // What removes the remains must be able to.
            isCleaning ||= operation === "remove" || operation === "list";
            if (isCleaning || ++calls !== at) return;
            if (kind === "failed") throw new StorageError("it broke", { call: operation });
            controller.abort(new CancelledError("enough"));
          };
          const error = await consolidate(chain, {
            ...{ runtime, prefix: PREFIX, codec: undefined, chunkSize: CHUNK_SIZE },
            signal: controller.signal,
          }).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          sink.watch = () => {};
          if (error === undefined) {
            isDone = calls < at;
            await discard(sink, CONTAINER, PREFIX);
          } else t.regex(String(error), kind === "failed" ? /it broke/ : /enough/);
          t.deepEqual(await world.names(), before, `call ${at}`);
          t.is(sink.openReaders, 0, `call ${at}`);
          t.is(sink.openWriters.size, 0, `call ${at}`);
        }
      });
      t.deepEqual(unhandled, []);
    });
  }
}
