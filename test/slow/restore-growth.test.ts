/**
 * A restore of one object of the reference system's default size, whose bytes do not shrink, whatever codec its label
 * names: 1.86 GiB of stored bytes in, as many out, and a process that grows by no more than 128 MiB. We would store such
 * an object as `none`, but others did not, so the object is encoded here and put in its place.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import type { CodecId } from "../../src/codecs/codec.js";
import { parseManifest, printManifest } from "../../src/format/manifest.js";
import { manifestName, objectName } from "../../src/format/names.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { runBackup } from "../../src/pipeline/backup.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import type { VolumeSource } from "../../src/sources/volume.js";
import { KIB, MIB } from "../../src/units.js";
import { encoded } from "./plain-objects.js";
import { GROWTH_BACKUP, PIECE } from "./restore-growth.js";
import type { GrowthFigures } from "./restore-growth-child.js";

const OBJECT_SIZE = 1_999_994_880;
const GROWTH_MAX: number = 128 * MIB;
const CHILD: string = fileURLToPath(new URL("restore-growth-child.js", import.meta.url));

const runtime = await nodeRuntime();

const source: VolumeSource = {
  size: OBJECT_SIZE,
  async readInto(buffer, offset) {
    for (let done = 0; done < buffer.length; ) {
      const from = (offset + done) % PIECE.length;
      const bytes = PIECE.subarray(from, from + buffer.length - done);
      buffer.set(bytes, done);
      done += bytes.length;
    }
  },
  close: async () => {},
};

async function backUpPlain(sink: ObjectSink): Promise<void> {
  const { container, prefix, backupId, volumeId } = GROWTH_BACKUP;
  await sink.createContainer(container);
  await runBackup(source, sink, {
    container,
    prefix,
    identity: {
      backupId,
      volumeId,
      backupName: null,
      backupDescription: null,
      createdAt: "2026-01-02 03:04:05+00:00",
    },
    volumeMetadata: null,
    codec: undefined,
    blockSize: 32 * KIB,
    chunkSize: OBJECT_SIZE,
    runtime,
  });
}

async function putEncoded(sink: ObjectSink, id: Exclude<CodecId, "none">): Promise<void> {
  const { container, prefix } = GROWTH_BACKUP;
  const writer = await sink.create(container, objectName(prefix, 1));
  const object = { piece: PIECE, size: OBJECT_SIZE };
  for await (const bytes of encoded(id, object, runtime.codecs.get("bz2")!)) await writer.write(bytes);
  await writer.close();
  const name = manifestName(prefix);
  const reader = await sink.open(container, name);
  const bytes = new Uint8Array(reader.size);
  await reader.readInto(bytes);
  await reader.close();
  const manifest = parseManifest(bytes, name);
  const objects = manifest.objects.map((object) => ({ ...object, compression: id }));
  const labelled = await sink.create(container, name);
  await labelled.write(printManifest({ ...manifest, objects }));
  await labelled.close();
}

/** bzip2 takes minutes of processor time for an object of this size; it is in `npm run test:long`. */
const LABELS: readonly CodecId[] =
  process.env.ASHLAR_TEST_COMBINATIONS === "all" ? ["none", "zlib", "bz2", "zstd"] : ["none", "zlib", "zstd"];

for (const label of LABELS) {
  test.serial(`1.86 GiB that do not shrink, labelled ${label}`, async (t) => {
    t.timeout(900_000);
    const directory = await mkdtemp(join(tmpdir(), "ashlar-growth-"));
    try {
      const sink = new PosixSink({ fileSystem: nodeFileSystem, root: join(directory, "repository") });
      await backUpPlain(sink);
      if (label !== "none") await putEncoded(sink, label);
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, directory]);
      const { idle, peak, planned, accounted, accountedPeak, written } = JSON.parse(stdout) as GrowthFigures;
      const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;
      t.log(
        `grew ${mib(peak - idle)} over ${mib(idle)}, planned ${mib(planned)}; model ${mib(3 * OBJECT_SIZE)}`,
      );
      t.is(written, OBJECT_SIZE);
      t.true(accountedPeak <= accounted);
      t.true(peak - idle <= planned);
      t.true(peak - idle <= GROWTH_MAX);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}
