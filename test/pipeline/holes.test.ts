/** Backups that do not read holes, and the sample that proves the holes. */
import test from "ava";
import type { Codec, CodecId, Encoder } from "../../src/codecs/codec.js";
import { headerIn } from "../../src/codecs/zstd/frames/frames.js";
import { zeroFrame } from "../../src/codecs/zstd/zero-frame.js";
import { findFalseHole, HOLE_SAMPLE_SIZE } from "../../src/pipeline/prove-holes.js";
import { startProgress } from "../../src/pipeline/run/run.js";
import { HoleLayout } from "../../src/pipeline/stages/hole-layout.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectReader } from "../../src/sinks/sink.js";
import { sampleOutside } from "../../src/sources/block-sample.js";
import { MemorySource } from "../../src/sources/memory.js";
import {
  type ByteRange,
  isOutside,
  joinedRanges,
  RangeCollector,
  type Ranges,
} from "../../src/sources/ranges.js";
import { KIB, MIB } from "../../src/units.js";
import { Random } from "../fuzz/random.js";
import { joined, noise, prose } from "./volume-bytes.js";
import { dirtyTarget, firstDifference, readObject, runtimes, World } from "./world.js";

/** More work than what is done without threads. */
const THREADED_WORK: number = 1024 ** 3;
const CODECS: readonly CodecId[] = ["none", "zlib", "bz2", "zstd"];

/** Fails a read of a whole window that has no data; samples for a codec are shorter. */
class SparseSource extends MemorySource {
  readonly data: Ranges;
  readonly #windowSize: number;

  constructor(bytes: Uint8Array, data: Ranges, windowSize: number) {
    super(bytes);
    this.data = data;
    this.#windowSize = windowSize;
  }

  override async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    if (buffer.length === this.#windowSize && isOutside(this.data, offset, buffer.length))
      throw new Error(`read a hole: ${buffer.length} bytes at ${offset}`);
    await super.readInto(buffer, offset);
  }
}

class WatchedSink extends MemorySink {
  readonly opened: string[] = [];

  override async open(...[container, name, ...rest]: Parameters<MemorySink["open"]>): Promise<ObjectReader> {
    this.opened.push(name);
    return await super.open(container, name, ...rest);
  }
}

/** The codec, which counts the bytes that it encodes. */
function counted(codec: Codec, counts: { encoded: number }): Codec {
  return { ...codec, encoder: (isLengthKnown) => countedEncoder(codec.encoder(isLengthKnown), counts) };
}

function countedEncoder(encoder: Encoder, counts: { encoded: number }): Encoder {
  const encode =
    (inner: { encode(bytes: Uint8Array, isZero: boolean): Promise<Uint8Array> }) =>
    (bytes: Uint8Array, isZero: boolean) => {
      counts.encoded += bytes.length;
      return inner.encode(bytes, isZero);
    };
  const zeros = encoder.zeros?.bind(encoder);
  const release = (bytes: Uint8Array) => "release" in encoder && encoder.release(bytes);
  if (encoder.kind === "whole") {
    const { kind, maxInput, concurrency } = encoder;
    return { ...{ kind, maxInput, concurrency, zeros, release }, encode: encode(encoder) };
  }
  const start = (length?: number) => {
    const object = encoder.start(length);
    return {
      encode: encode(object),
      finish: () => object.finish(),
      release: (bytes: Uint8Array) => object.release(bytes),
      abandon: () => object.abandon(),
    };
  };
  return { kind: encoder.kind, ...(encoder.lags ? { lags: encoder.lags } : {}), zeros, start };
}

/** Writes data and punches holes at any byte; returns the new ranges of data. */
function change(volume: Uint8Array, data: Ranges, random: Random): Ranges {
  const ranges = [...data];
  for (let count = 1 + random.below(4); count > 0; count--) {
    const length = 1 + random.below(60_000);
    const offset = random.below(volume.length - length + 1);
    const bytes = random.below(3) === 0 ? prose(length, count) : noise(length, 1 + random.below(1000));
    volume.set(bytes, offset);
    ranges.push({ offset, length });
  }
  const hole = random.below(volume.length);
  const end = Math.min(volume.length, hole + random.below(80_000));
  volume.fill(0, hole, end);
  const kept: ByteRange[] = [];
  for (const { offset, length } of ranges) {
    if (offset < hole) kept.push({ offset, length: Math.min(length, hole - offset) });
    const from = Math.max(offset, end);
    if (offset + length > from) kept.push({ offset: from, length: offset + length - from });
  }
  return joinedRanges(kept);
}

function isZeroFrame(stored: Uint8Array): boolean {
  const { contentSize } = headerIn(stored) ?? {};
  return contentSize !== undefined && firstDifference(joined(...zeroFrame(contentSize)), stored) === -1;
}

// Node encodes zlib by another encoder before its threads run, so they run from the start.
for (const { runtime } of runtimes) runtime.start?.(THREADED_WORK);

for (const { title, runtime } of runtimes)
  for (const codec of CODECS)
    test(`${title}, ${codec}: a sparse volume is stored the same whether its holes are known or read`, async (t) => {
      const random = new Random(20_261_129 + CODECS.indexOf(codec));
      for (let trial = 0; trial < 4; trial++) {
        const blockSize = [512, 1000, 4096, 32 * KIB][trial]!;
        const chunkSize = blockSize * Math.ceil((20 * KIB + random.below(80 * KIB)) / blockSize);
        const coalesceGap = random.below(2) * 16 * KIB;
        const options = { runtime, blockSize, chunkSize, codec, coalesceGap };
        const [read, told] = [await World.create(options), await World.create(options)];
        const volume = new Uint8Array(300 * KIB + random.below(300 * KIB));
        let data: Ranges = [];
        let skipped = 0;
        for (let point = 0; point < 4; point++) {
          // The first point of a trial has no data at all.
          if (point > 0) data = change(volume, data, random);
          const progress = startProgress();
          const source = new SparseSource(volume, data, chunkSize);
          const incremental = point > 1;
          await read.backup(volume, { incremental });
          await told.backup(volume, { incremental, source, data, progress });
          skipped += progress.bytesSkipped;
        }
        t.true(skipped >= volume.length);
        t.deepEqual(await told.names(), await read.names());
        for (const name of await read.names()) {
          const [wanted, stored] = [await readObject(read.sink, name), await readObject(told.sink, name)];
          // zstd cannot make its usual frame of zeros that are not there.
          const isHole = codec === "zstd" && isZeroFrame(stored);
          t.true(isHole || firstDifference(stored, wanted) === -1, `${name} of trial ${trial}`);
        }
        t.is(firstDifference(await told.restoredDirty(3, volume.length), volume), -1);
      }
    });

const LONG_SIZE: number = 44 * MIB - 7;
const LONG_DATA: Ranges = [MIB + 5, 43 * MIB].map((offset) => ({ offset, length: 1000 }));
/** Offset and length of each object, MiB: the first hole goes to the end of its chunk, the next is a whole chunk. */
const LONG_OBJECTS = [
  [0, 2],
  [2, 18],
  [20, 20],
  [40, 4],
] as const;

for (const { title, runtime } of runtimes)
  for (const codec of CODECS)
    test(`${title}, ${codec}: a long hole is one object, and its zeros are neither read nor encoded`, async (t) => {
      const volume = new Uint8Array(LONG_SIZE);
      for (const { offset, length } of LONG_DATA) volume.set(noise(length, offset), offset);
      const counts = { encoded: 0 };
      const codecs = new Map([...runtime.codecs].map(([id, each]) => [id, counted(each, counts)]));
      const chunkSize = 20 * MIB;
      const sink = new WatchedSink();
      const world = await World.create({
        sink,
        runtime: { ...runtime, codecs },
        blockSize: 32 * KIB,
        chunkSize,
        codec,
      });
      const progress = startProgress();
      const source = new SparseSource(volume, LONG_DATA, MIB);
      const { objects, accountedPeak, memory } = await world.backup(volume, {
        source,
        data: LONG_DATA,
        progress,
      });
      // zstd cuts the data of the last chunk.
      const merged = codec === "zstd" ? objects.filter(({ offset }) => offset < 40 * MIB) : objects;
      t.deepEqual(
        merged.map(({ offset, length }) => [offset, Math.ceil(length / MIB) * MIB]),
        LONG_OBJECTS.slice(0, merged.length).map(([offset, length]) => [offset * MIB, length * MIB]),
      );
      t.true(counts.encoded <= 7 * MIB, String(counts.encoded));
      t.is(progress.bytesSkipped, LONG_SIZE - 2 * MIB + 7);
      t.is(progress.bytesDone, LONG_SIZE);
      t.is(progress.digestCount, Math.ceil(LONG_SIZE / (32 * KIB)));
      t.is(progress.zeroBlockCount, progress.digestCount - 2);
      t.true(accountedPeak <= memory.accounted);
      const target = dirtyTarget(LONG_SIZE);
      await world.restore(0, target);
      t.is(Buffer.compare(target.bytes, volume), 0);
      const opened = new Set(sink.opened.filter((name) => /-[0-9]{5}$/.test(name)));
      t.deepEqual(
        objects.filter(({ name }) => !opened.has(name)).map(({ offset }) => offset),
        [2 * MIB, 20 * MIB],
      );
      if (title === "node") await world.restore(0, undefined);
    });

test("the holes that are left out lie in chunks of their own, and are followed by a window", (t) => {
  const random = new Random(17);
  for (let trial = 0; trial < 200; trial++) {
    const windowSize = MIB;
    const chunkSize = 1 + random.below(60) * MIB + random.below(MIB) + 4 * KIB;
    const volumeSize = 1 + random.below(200 * MIB);
    const data = joinedRanges(
      Array.from({ length: random.below(8) }, () => ({
        offset: random.below(volumeSize),
        length: 1 + random.below(3 * MIB),
      })),
    );
    const layout = new HoleLayout(data, { chunkSize, windowSize, volumeSize });
    const lengths = new Set<number>();
    let at = 0;
    for (let length = 0; at < volumeSize; at += length) {
      const left = chunkSize - (at % chunkSize);
      const window = Math.min(windowSize, left, volumeSize - at);
      const limit = at + 1 + random.below(30 * MIB);
      const hole = layout.lengthAt(at);
      t.is(layout.nextFrom(at, limit) === at, hole > 0);
      if (hole > 0) lengths.add(hole);
      t.true(hole === 0 || isOutside(data, at, hole));
      t.true(hole <= left && at + hole < volumeSize);
      t.true(hole === 0 || hole >= Math.min(16 * MIB, chunkSize), `${hole} of ${chunkSize}`);
      const isWholeHole =
        at % chunkSize === 0 && at + chunkSize < volumeSize && isOutside(data, at, chunkSize);
      const isLastChunk = at + chunkSize + windowSize >= volumeSize;
      if (isWholeHole && !isLastChunk) t.is(hole, chunkSize);
      length = hole > 0 ? hole : window;
    }
    t.is(at, volumeSize);
    t.deepEqual(new Set(layout.lengths()), lengths);
  }
});

test("a sample detects a hole that has a byte, as often as the formula says", async (t) => {
  const random = new Random(11);
  const [pieceCount, sampleCount, trials] = [40, 10, 300];
  const volume = new Uint8Array(pieceCount * HOLE_SAMPLE_SIZE);
  const prove = (data: Ranges, count: number): Promise<number | undefined> => {
    const source = new MemorySource(volume);
    return findFalseHole({ source, data, sampleCount: count, random: () => random.below(2 ** 30) / 2 ** 30 });
  };
  let missed = 0;
  for (let trial = 0; trial < trials; trial++) {
    const at = random.below((pieceCount - 1) * HOLE_SAMPLE_SIZE);
    volume[at] = 1;
    const found = await prove([], sampleCount);
    if (found === undefined) missed++;
    else t.is(found, at - (at % HOLE_SAMPLE_SIZE));
    volume[at] = 0;
  }
  t.true(Math.abs(missed / trials - (1 - sampleCount / (pieceCount - 1))) < 0.07, String(missed / trials));
  volume[5 * HOLE_SAMPLE_SIZE - 1] = 1;
  t.is(await prove([], pieceCount), 4 * HOLE_SAMPLE_SIZE);
  t.is(await prove([{ offset: 5 * HOLE_SAMPLE_SIZE - 1, length: 1 }], pieceCount), undefined);
});

test("samples: different blocks outside of the ranges, each as probable as any other", (t) => {
  const random = new Random(3);
  const next = (): number => random.below(2 ** 30) / 2 ** 30;
  // Blocks 0, 1, 4, 8 of ten are outside; the last block is never taken.
  const ranges = joinedRanges([
    { offset: 29, length: 11 },
    { offset: 20, length: 1 },
    { offset: 55, length: 21 },
  ]);
  const counts = new Map<number, number>();
  for (let trial = 0; trial < 3000; trial++) {
    const sample = sampleOutside(ranges, { volumeSize: 95, blockSize: 10, count: 2, random: next });
    t.is(new Set(sample).size, 2);
    for (const block of sample) counts.set(block, (counts.get(block) ?? 0) + 1);
  }
  t.deepEqual([...counts.keys()].sort(), [0, 1, 4, 8]);
  for (const count of counts.values()) t.true(Math.abs(count - 1500) < 150, String(count));
});

test("too many ranges are joined over their shortest gaps, and never lose a byte", (t) => {
  const random = new Random(5);
  const collector = new RangeCollector(50);
  const all: ByteRange[] = [];
  let at = 0;
  for (let i = 0; i < 1000; i++) {
    at += random.below(2 ** random.below(12));
    const length = 1 + random.below(50);
    collector.add(at, length);
    all.push({ offset: at, length });
    at += length;
  }
  const { ranges } = collector;
  t.true(ranges.length <= 50 && ranges.length > 5, String(ranges.length));
  for (const { offset, length } of all)
    t.true(ranges.some((range) => range.offset <= offset && offset + length <= range.offset + range.length));
  for (const [index, { offset }] of ranges.entries())
    if (index > 0) t.true(offset > ranges[index - 1]!.offset + ranges[index - 1]!.length);
});
