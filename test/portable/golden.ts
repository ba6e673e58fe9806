/** What real Cinder wrote, out of memory: parsed, printed again byte for byte, verified and restored. */
import { toHex } from "../../src/bytes.js";
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import { DigestTableReader } from "../../src/format/digest-table-reader.js";
import { DigestTableWriter } from "../../src/format/digest-table-writer.js";
import { parseManifest, printManifest } from "../../src/format/manifest.js";
import { ImageMemory } from "../../src/image/image-memory.js";
import { VolumeImage } from "../../src/image/volume-image.js";
import { restoreBackup, verifyBackup } from "../../src/pipeline/restore.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { getObject } from "../../src/testing/objects.js";
import { DIGEST_SIZE } from "../../src/units.js";
import type { GoldenBackup, GoldenVector } from "../fixtures/golden-vectors.js";
import { volumesOf } from "../fixtures/volume-recipe.js";
import { joined } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { dirtyTarget, firstDifference } from "./world.js";

export interface GoldenFiles {
  readonly vectors: readonly GoldenVector[];
  /** Stored files by path: the vector's directory, then the container, then the name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

async function sinkOf({ directory }: GoldenVector, { files }: GoldenFiles): Promise<MemorySink> {
  const sink = new MemorySink({ naming: "flat" });
  for (const [path, bytes] of files) {
    if (!path.startsWith(`${directory}/`)) continue;
    const slash = path.lastIndexOf("/");
    const container = path.slice(directory.length + 1, slash);
    await sink.createContainer(container);
    const writer = await sink.create(container, path.slice(slash + 1));
    await writer.write(bytes);
    await writer.close();
  }
  return sink;
}

function chainOf({ backups, volumeId }: GoldenVector, sink: MemorySink, point: number): StoredBackup[] {
  return backups
    .slice(0, point + 1)
    .map(({ id, container, prefix }) => ({ sink, container, prefix, backupId: id, volumeId }));
}

async function reprintedTable(bytes: Uint8Array, volumeId: string): Promise<Uint8Array> {
  let at = 0;
  const source = {
    readInto: async (buffer: Uint8Array) => {
      const piece = bytes.subarray(at, at + Math.min(buffer.length, 1000));
      buffer.set(piece);
      at += piece.length;
      return piece.length;
    },
  };
  const reader = await DigestTableReader.open(source, "table");
  const written: Uint8Array[] = [];
  const writer = new DigestTableWriter(
    { ...reader.header, volumeId },
    {
      write: async (piece) => void written.push(piece.slice()),
    },
  );
  const digests = new Uint8Array(3 * DIGEST_SIZE);
  for (let count = await reader.readInto(digests); count > 0; count = await reader.readInto(digests))
    await writer.append(digests.subarray(0, count * DIGEST_SIZE));
  await writer.finish();
  return joined(...written);
}

export function goldenTests(test: PortableTest, runtime: Runtime, golden: GoldenFiles): void {
  test("golden: there are vectors of every codec", (t) => {
    const codecs = new Set(golden.vectors.map(({ directory }) => directory.split("-")[0]));
    for (const codec of ["none", "zlib", "bz2", "zstd"]) t.true(codecs.has(codec), codec);
  });

  for (const vector of golden.vectors) {
    const { directory, backups, recipe } = vector;
    const stored = ({ container, prefix }: GoldenBackup, sink: MemorySink, suffix: string) =>
      getObject(sink, { container, name: prefix + suffix });

    test(`golden ${directory}: manifests and digest tables are printed as they were`, async (t) => {
      const sink = await sinkOf(vector, golden);
      for (const backup of backups) {
        const manifest = await stored(backup, sink, "_metadata");
        t.deepEqual(printManifest(parseManifest(manifest, `${backup.prefix}_metadata`)), manifest);
        const table = await stored(backup, sink, "_sha256file");
        t.deepEqual(await reprintedTable(table, vector.volumeId), table);
      }
    });

    test(`golden ${directory}: every point verifies and comes back`, async (t) => {
      const sink = await sinkOf(vector, golden);
      for (const [point, volume] of volumesOf(recipe).entries()) {
        const chain = await openChain(chainOf(vector, sink, point), runtime.hashes);
        await verifyBackup(chain, { runtime });
        const fresh = new MemoryTarget({ size: volume.length });
        await restoreBackup(chain, fresh, { runtime });
        t.is(firstDifference(fresh.bytes, volume), -1);
        const sha256 = toHex(
          new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(fresh.bytes))),
        );
        t.is(sha256, backups[point]!.volumeSha256);
        const dirty = dirtyTarget(volume.length);
        await restoreBackup(chain, dirty, { runtime });
        t.is(firstDifference(dirty.bytes, volume), -1);
      }
    });

    test(`golden ${directory}: every point is read as an image`, async (t) => {
      const sink = await sinkOf(vector, golden);
      const memory = await ImageMemory.create({ runtime, cacheSize: 2 ** 21 });
      for (const [point, volume] of volumesOf(recipe).entries()) {
        const image = await VolumeImage.open(
          await openChain(chainOf(vector, sink, point), runtime.hashes),
          memory,
        );
        t.is(image.size, volume.length);
        const read = new Uint8Array(volume.length);
        // Backwards, in pieces that fit nothing.
        for (let end = volume.length; end > 0; end -= 99_991)
          await image.readInto(read.subarray(Math.max(0, end - 99_991), end), {
            offset: Math.max(0, end - 99_991),
          });
        t.is(firstDifference(read, volume), -1);
      }
      await memory.close();
    });
  }
}
