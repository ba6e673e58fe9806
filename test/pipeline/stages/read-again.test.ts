/** Objects that come changed over a network are read again; what is wrong in the store is not taken. */
import test from "ava";
import { openChain } from "../../../src/chain/chain.js";
import { IntegrityError } from "../../../src/errors.js";
import { nodeRuntime } from "../../../src/node/runtime.js";
import { runBackup } from "../../../src/pipeline/backup.js";
import { restoreBackup } from "../../../src/pipeline/restore.js";
import { startProgress } from "../../../src/pipeline/run/run.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import type { ObjectReader, ObjectSink, OpenOptions } from "../../../src/sinks/sink.js";
import { MemorySource, MemoryTarget } from "../../../src/sources/memory.js";
import { patternBytes } from "../../../src/testing/objects.js";

const BLOCK_SIZE = 4096;
const CHUNK_SIZE: number = 16 * BLOCK_SIZE;
const VOLUME = patternBytes(40 * CHUNK_SIZE - 100, 3);
const STORED = {
  container: "backups",
  prefix: "volume_v/2026/az_nova_backup_b",
  backupId: "b",
  volumeId: "v",
};

/** A network that changes a byte of the first so many reads of an object. */
class FlippingSink extends SinkLayer {
  readonly #remote: boolean;
  readonly #flips: Map<string, number>;
  readonly opened: string[] = [];

  constructor(inner: ObjectSink, flips: Readonly<Record<string, number>>, isRemote = true) {
    super(inner);
    this.#remote = isRemote;
    this.#flips = new Map(Object.entries(flips).map(([suffix, count]) => [STORED.prefix + suffix, count]));
  }

  override get isRemote(): boolean {
    return this.#remote;
  }

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    this.opened.push(name);
    const reader = await super.open(container, name, options);
    const left = this.#flips.get(name) ?? 0;
    if (left === 0) return reader;
    this.#flips.set(name, left - 1);
    return {
      size: reader.size,
      readInto: async (buffer) => {
        const count = await reader.readInto(buffer);
        if (count > 0) buffer[count >> 1]! ^= 1;
        return count;
      },
      close: () => reader.close(),
    };
  }
}

async function stored(): Promise<MemorySink> {
  const sink = new MemorySink();
  await sink.createContainer(STORED.container);
  await runBackup(new MemorySource(VOLUME), sink, {
    ...STORED,
    identity: {
      ...{ backupId: "b", volumeId: "v", backupName: null, backupDescription: null },
      createdAt: "2026-01-01 00:00:00+00:00",
    },
    volumeMetadata: null,
    codec: undefined,
    blockSize: BLOCK_SIZE,
    chunkSize: CHUNK_SIZE,
    runtime: await nodeRuntime(),
  });
  return sink;
}

async function restored(sink: ObjectSink) {
  const runtime = await nodeRuntime();
  const target = new MemoryTarget({ size: VOLUME.length });
  const progress = startProgress();
  const work = async (): Promise<void> => {
    await restoreBackup(await openChain([{ ...STORED, sink }], runtime.hashes), target, {
      runtime,
      progress,
    });
  };
  return { target, progress, work };
}

const CASES = [
  { title: "the first object", flips: { "-00001": 2 } },
  { title: "an object in the middle", flips: { "-00020": 2 } },
  { title: "the last object", flips: { "-00040": 2 } },
  { title: "two objects", flips: { "-00007": 1, "-00030": 1 } },
  { title: "the manifest", flips: { _metadata: 2 } },
  { title: "the digest table", flips: { _sha256file: 2 } },
];

for (const { title, flips } of CASES) {
  test(`read again, and right: ${title}`, async (t) => {
    const sink = new FlippingSink(await stored(), flips);
    const { target, progress, work } = await restored(sink);
    await work();
    t.is(Buffer.compare(target.bytes, VOLUME), 0);
    t.is(progress.bytesDone, VOLUME.length);
    t.is(progress.objectCount, 40);
    t.is(progress.digestCount, Math.ceil(VOLUME.length / BLOCK_SIZE));
    const reads = sink.opened.filter((name) => /-[0-9]{5}$/.test(name)).length;
    // Those that were under way as well, and none of those that were done.
    t.true(reads <= 40 + 2 * 16, `${reads} reads of 40 objects`);
  });
}

test("what comes changed three times is refused, and nothing wrong is written", async (t) => {
  const sink = new FlippingSink(await stored(), { "-00020": 3 });
  const { target, work } = await restored(sink);
  await t.throwsAsync(work(), { instanceOf: IntegrityError, message: /^Cannot restore block: its SHA-256/ });
  t.is(sink.opened.filter((name) => name.endsWith("-00020")).length, 3);
  for (let offset = 0; offset < VOLUME.length; offset += BLOCK_SIZE) {
    const found = target.bytes.subarray(offset, offset + BLOCK_SIZE);
    const isRight = Buffer.compare(found, VOLUME.subarray(offset, offset + BLOCK_SIZE)) === 0;
    if (!isRight)
      t.true(
        found.every((byte) => byte === 0),
        `block at ${offset}`,
      );
  }
});

test("what is wrong on a disk is read once", async (t) => {
  const sink = new FlippingSink(await stored(), { "-00020": 1 }, false);
  const { work } = await restored(sink);
  await t.throwsAsync(work(), { instanceOf: IntegrityError });
  t.is(sink.opened.filter((name) => name.endsWith("-00020")).length, 1);
});

test("an object that is missing is not asked for again", async (t) => {
  const inner = await stored();
  await inner.remove(STORED.container, `${STORED.prefix}_metadata`);
  const sink = new FlippingSink(inner, {});
  const { work } = await restored(sink);
  await t.throwsAsync(work(), { instanceOf: IntegrityError, message: /it is missing/ });
  // The digest table beside it, and neither twice.
  t.is(new Set(sink.opened).size, sink.opened.length);
  t.true(sink.opened.includes(`${STORED.prefix}_metadata`));
});
