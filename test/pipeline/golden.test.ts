/** What real Cinder stored, restored and verified at every point of its chains. */
import { createHash } from "node:crypto";
import test from "ava";
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import { IntegrityError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { restoreBackup, verifyBackup } from "../../src/pipeline/restore.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { type GoldenVector, loadGoldenVectors } from "../fixtures/golden-vectors.js";
import { volumesOf } from "../fixtures/volume-recipe.js";
import { DIRT, dirtyTarget, firstDifference, runtimes } from "./world.js";

const vectors = await loadGoldenVectors();

function chainOf(vector: GoldenVector, point: number): StoredBackup[] {
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root: vector.directory });
  return vector.backups.slice(0, point + 1).map(({ id, container, prefix }) => ({
    sink,
    container,
    prefix,
    backupId: id,
    volumeId: vector.volumeId,
  }));
}

for (const { title, runtime } of runtimes) {
  for (const vector of vectors) {
    const name = vector.directory.split("/").at(-1)!;
    const id = { none: "none", zlib: "zlib", gzip: "zlib", bz2: "bz2", bzip2: "bz2", zstd: "zstd" }[
      name.split("-")[0]!
    ]!;
    const volumes = volumesOf(vector.recipe);

    if (id === "none" || runtime.codecs.has(id as "zlib")) {
      test(`${name} comes back at every point, ${title}`, async (t) => {
        for (const [point, backup] of vector.backups.entries()) {
          const volume = volumes[point]!;
          const chain = await openChain(chainOf(vector, point), runtime.hashes);
          t.deepEqual(chain.unlisted, []);
          t.is(chain.plan.shape.blockSize, vector.blockSize);
          await verifyBackup(chain, { runtime });
          const fresh = new MemoryTarget({ size: volume.length });
          await restoreBackup(chain, fresh, { runtime });
          t.is(firstDifference(fresh.bytes, volume), -1);
          t.is(createHash("sha256").update(fresh.bytes).digest("hex"), backup.volumeSha256);
          const dirty = dirtyTarget(volume.length + 10);
          await restoreBackup(chain, dirty, { runtime });
          t.is(firstDifference(dirty.bytes.subarray(0, volume.length), volume), -1);
          t.true(dirty.bytes.subarray(volume.length).every((byte) => byte === DIRT));
        }
      });
    } else {
      test(`${name} is refused by a runtime without the codec, which names the algorithm, ${title}`, async (t) => {
        const chain = await openChain(chainOf(vector, 0), runtime.hashes);
        const target = dirtyTarget(volumes[0]!.length);
        await t.throwsAsync(restoreBackup(chain, target, { runtime }), {
          instanceOf: IntegrityError,
          message: /unsupported compression algorithm: (bz2|bzip2|zstd); known: none, zlib/,
        });
        t.is(
          target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== volumes[0]![i]),
          -1,
        );
      });
    }
  }
}
