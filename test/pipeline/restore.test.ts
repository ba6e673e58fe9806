/** What a restore does with stored data that is well-formed and wrong: bombs, wrong claims, foreign labels. */
import { deflateSync } from "node:zlib";
import test from "ava";
import { fromUtf8, toUtf8 } from "../../src/bytes.js";
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import type { Decoder } from "../../src/codecs/codec.js";
import { IntegrityError } from "../../src/errors.js";
import { digestTableName, manifestName } from "../../src/format/names.js";
import { restoreBackup, verifyBackup } from "../../src/pipeline/restore.js";
import { startProgress } from "../../src/pipeline/run/run.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { WatchedSink } from "./watched-sink.js";
import { DIRT, dirtyTarget, firstDifference, readObject, runtimes, World, writeObject } from "./world.js";

const BLOCK_SIZE = 4096;

/** As if the catalog were lost: what manifest and table say is all that is known. */
function forgotten(world: World): [StoredBackup] {
  return [{ ...world.storedChain(0)[0]!, manifestSha256: undefined, digestTableSha256: undefined }];
}

async function edit(world: World, name: string, change: (text: string) => string): Promise<void> {
  const text = fromUtf8(await readObject(world.sink, name));
  const changed = change(text);
  if (changed === text) throw new Error(`nothing to change in ${name}`);
  await writeObject(world.sink, name, toUtf8(changed));
}

/** The runtime, with a codec that reports the bytes that it decodes. */
function countingDecoded(runtime: Runtime, onDecoded: (size: number) => void): Runtime {
  const codec = runtime.codecs.get("zlib")!;
  const decoder = (plainMax?: number): Decoder => {
    const inner = codec.decoder(plainMax);
    return {
      write: (encoded, isLast) => inner.write(encoded, isLast),
      async fill(window) {
        const size = await inner.fill(window);
        onDecoded(size);
        return size;
      },
      close: () => inner.close(),
    };
  };
  return { ...runtime, codecs: new Map([["zlib", { ...codec, decoder }]]) };
}

for (const { title, runtime } of runtimes) {
  const create = (codec: "none" | "zlib"): Promise<World> =>
    World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 2 * MIB, codec });

  test(`objects are verified in whatever order they arrive, ${title}`, async (t) => {
    // More digests an object than a restore reads ahead, else those would make up for any that were not let go.
    const blockSize = 512;
    const chunkSize = 4096 * blockSize;
    const sink = new WatchedSink();
    const world = await World.create({ runtime, blockSize, chunkSize, sink });
    const volume = noise(11 * chunkSize + 700);
    await world.backup(volume);
    for (const [concurrentObjects, late] of [
      [1, []],
      [2, [1]],
      [2, [2, 3]],
      [3, [1, 4, 7]],
      [4, [1, 5, 9]],
      [4, [4, 8]],
    ] as const) {
      world.options.concurrentObjects = concurrentObjects;
      sink.watch = async (operation, name) => {
        const isLate = late.some((number) => name.endsWith(`-${String(number).padStart(5, "0")}`));
        if (operation === "read" && isLate) await new Promise((resolve) => setTimeout(resolve, 150));
      };
      const what = `${concurrentObjects} at once, late: ${late.join(", ")}`;
      t.is(firstDifference(await world.restoredNew(0, volume.length), volume), -1, what);
    }
  });

  test(`an object of which only the start is still needed is decoded whole, ${title}`, async (t) => {
    for (const codec of runtime.codecs.keys()) {
      const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 2 * MIB, codec });
      const volume = joined(prose(MIB), noise(100_000), prose(MIB - 100_000, 2));
      await world.backup(volume);
      const changed = patched(volume, MIB / 4, noise(volume.length - MIB / 4, 3));
      await world.backup(changed, { incremental: true });
      t.is(firstDifference(await world.restoredNew(1, volume.length), changed), -1, codec);
    }
  });

  test(`an object that decodes to more than it claims is stopped there, ${title}`, async (t) => {
    const world = await create("zlib");
    const volume = prose(3 * MIB);
    await world.backup(volume);
    const [first] = world.points[0]!.result.objects;
    await writeObject(world.sink, first!.name, deflateSync(new Uint8Array(100 * MIB), { level: 1 }));
    let decodedSize = 0;
    world.runtime = countingDecoded(runtime, (size) => {
      decodedSize += size;
    });
    const target = dirtyTarget(3 * MIB);
    const error = await t.throwsAsync(world.restore(0, target), { instanceOf: IntegrityError });
    t.is(error?.location.objectName, first!.name);
    // The second object is sound, and may or may not have been written before the first was refused.
    t.true(target.bytes.every((byte, i) => byte === DIRT || (i >= 2 * MIB && byte === volume[i])));
    // Three of them are those of the volume: the objects are decoded side by side.
    t.true(decodedSize <= 7 * MIB, `${decodedSize} bytes were decoded`);
  });

  test(`an object that goes on as it should and then beyond its length is stopped there, ${title}`, async (t) => {
    const world = await create("zlib");
    const volume = prose(3 * MIB);
    await world.backup(volume);
    const [first] = world.points[0]!.result.objects;
    await writeObject(
      world.sink,
      first!.name,
      deflateSync(joined(volume.subarray(0, 2 * MIB), new Uint8Array(100 * MIB))),
    );
    const target = dirtyTarget(volume.length);
    await t.throwsAsync(world.restore(0, target), {
      instanceOf: IntegrityError,
      message: /it has more than the 2097152 bytes that the manifest says/,
    });
    t.is(
      target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== volume[i]),
      -1,
    );
  });

  test(`objects that are shorter or longer than they claim say by how much, ${title}`, async (t) => {
    for (const codec of ["none", "zlib"] as const) {
      const world = await create(codec);
      const volume = prose(BLOCK_SIZE * 3);
      await world.backup(volume);
      const [only] = world.points[0]!.result.objects;
      const store = (plain: Uint8Array): Promise<void> =>
        writeObject(world.sink, only!.name, codec === "zlib" ? deflateSync(plain) : plain);
      await store(volume.subarray(1));
      await t.throwsAsync(world.restore(0, undefined), {
        instanceOf: IntegrityError,
        message: /it has 12287 instead of the 12288 bytes that the manifest says/,
      });
      await store(joined(volume, Uint8Array.of(1)));
      await t.throwsAsync(world.restore(0, undefined), {
        instanceOf: IntegrityError,
        message: /it has more than the 12288 bytes/,
      });
    }
  });

  test(`a wrong block is named by backup, object, offset and index, ${title}`, async (t) => {
    for (const codec of ["none", "zlib"] as const) {
      const world = await create(codec);
      const volume = joined(noise(MIB), prose(3 * MIB));
      await world.backup(volume);
      const second = world.points[0]!.result.objects[1]!;
      const plain = volume.slice(2 * MIB);
      plain[5 * BLOCK_SIZE + 17]! ^= 1;
      await writeObject(world.sink, second.name, codec === "zlib" ? deflateSync(plain) : plain);
      const target = dirtyTarget(volume.length);
      const error = await t.throwsAsync(world.restore(0, target), {
        instanceOf: IntegrityError,
        message:
          /^Cannot restore block: its SHA-256 is not the one in the digest table \(backup .*, object .*-00002", offset 2117632, block 517\)$/,
      });
      t.deepEqual(error?.location, {
        backupId: world.storedChain(0)[0]!.backupId,
        objectName: second.name,
        offset: 2 * MIB + 5 * BLOCK_SIZE,
        blockIndex: 517,
      });
      t.is(
        target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== volume[i]),
        -1,
      );
    }
  });

  test(`a wrong MD5 in the manifest is told though every block is right, ${title}`, async (t) => {
    const world = await create("none");
    const volume = noise(10_000);
    await world.backup(volume);
    const chain = forgotten(world);
    const { contentMd5 } = world.points[0]!.result.objects[0]!;
    await edit(world, manifestName(chain[0].prefix), (text) => text.replace(contentMd5, "0".repeat(32)));
    await t.throwsAsync(
      openChain(chain, runtime.hashes).then((opened) => verifyBackup(opened, { runtime })),
      {
        instanceOf: IntegrityError,
        message: new RegExp(`its MD5 is ${contentMd5}, the manifest's is 0{32}`),
      },
    );
    // What is restored is right all the same, by the digest of every block.
    const target = dirtyTarget(10_000);
    await restoreBackup(await openChain(chain, runtime.hashes), target, { runtime });
    t.is(Buffer.compare(target.bytes, volume), 0);
  });

  test(`labels are read as the reference system may have written them, ${title}`, async (t) => {
    for (const [codec, labels] of [
      ["zlib", ["gzip", "GZIP", "Zlib"]],
      ["none", ["off", "no", "NONE"]],
    ] as const) {
      for (const label of labels) {
        const world = await create(codec);
        await world.backup(prose(9000));
        const chain = forgotten(world);
        await edit(world, manifestName(chain[0].prefix), (text) =>
          text.replace(`"compression": "${codec}"`, `"compression": "${label}"`),
        );
        const target = dirtyTarget(9000);
        await restoreBackup(await openChain(chain, runtime.hashes), target, { runtime });
        t.is(firstDifference(target.bytes, prose(9000)), -1);
      }
    }
  });

  test(`a label without a codec is refused in the reference system's words, ${title}`, async (t) => {
    const world = await create("zlib");
    await world.backup(prose(9000));
    const chain = forgotten(world);
    await edit(world, manifestName(chain[0].prefix), (text) => text.replace('"zlib"', '"lz4"'));
    await t.throwsAsync(
      openChain(chain, runtime.hashes).then((opened) => verifyBackup(opened, { runtime })),
      {
        instanceOf: IntegrityError,
        message: /unsupported compression algorithm: lz4/,
      },
    );
  });

  test(`a table that claims blocks of any size is an IntegrityError, not an allocation, ${title}`, async (t) => {
    const world = await create("none");
    await world.backup(noise(3000));
    const chain = forgotten(world);
    for (const size of [2 ** 25, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      await edit(world, digestTableName(chain[0].prefix), (text) =>
        text.replace(/"chunk_size": \d+/, `"chunk_size": ${size}`),
      );
      await t.throwsAsync(
        openChain(chain, runtime.hashes).then((opened) => verifyBackup(opened, { runtime })),
        {
          instanceOf: IntegrityError,
          message: new RegExp(`Cannot restore blocks of ${size} bytes`),
        },
      );
    }
  });

  test(`progress counts what was done, ${title}`, async (t) => {
    const world = await create("zlib");
    const volume = joined(prose(3 * MIB), new Uint8Array(MIB));
    await world.backup(volume);
    const progress = startProgress();
    await world.restore(0, dirtyTarget(volume.length), { progress });
    t.is(progress.bytesTotal, volume.length);
    t.is(progress.bytesDone, volume.length);
    t.is(progress.objectCount, 2);
    t.is(progress.digestCount, volume.length / BLOCK_SIZE);
    t.is(progress.zeroBlockCount, MIB / BLOCK_SIZE);
  });
}
