/** An object that is larger than a put may be, and than memory: streamed in, and read where something is in it. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { ExecutionContext } from "ava";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { patternBytes } from "../../src/testing/objects.js";
import { GIB, MIB } from "../../src/units.js";

const SIZE: number = 6 * GIB;
const LOCATION = { container: "large", name: "volume_1/2026/az_nova_backup_1-00001" };
const PIECE: Uint8Array = patternBytes(3 * MIB, 5);
/** Where the object is not zeros: at both ends, and over the borders of 32 bits and of a server's largest put. */
const OFFSETS: readonly number[] = [0, 4 * GIB - MIB, 5 * GIB - MIB, SIZE - PIECE.length];
/** Twice what the parts of a sink take, which is 150 MiB. */
const GROWTH_MAX: number = 300 * MIB;
/** The servers keep zeros as they keep everything. */
const DISK_NEEDED: number = 16 * GIB;

export async function largeObject(t: ExecutionContext, sink: ObjectSink): Promise<void> {
  t.timeout(900_000);
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < DISK_NEEDED) {
    t.log(`left out: it needs ${DISK_NEEDED / GIB} GiB on the disk of ${tmpdir()}`);
    t.pass();
    return;
  }
  await sink.createContainer(LOCATION.container);
  const growth = await growthWhile(() => putLarge(sink));
  t.log(`memory grew by ${Math.round(growth / MIB)} MiB`);
  t.true(growth < GROWTH_MAX, `memory grew by ${Math.round(growth / MIB)} MiB`);
  t.is(await sink.size(LOCATION.container, LOCATION.name), SIZE);
  for await (const { size } of sink.list(LOCATION.container, "")) t.is(size, SIZE);
  for (const position of OFFSETS) await checkAround(t, sink, position);
  await sink.remove(LOCATION.container, LOCATION.name);
}

/** In windows of 4 MiB, as a backup writes. */
async function putLarge(sink: ObjectSink): Promise<void> {
  const writer = await sink.create(LOCATION.container, LOCATION.name);
  const window = new Uint8Array(4 * MIB);
  for (let offset = 0; offset < SIZE; offset += window.length) {
    window.fill(0);
    for (const position of OFFSETS) {
      const from = Math.max(position, offset);
      const to = Math.min(position + PIECE.length, offset + window.length);
      if (from < to) window.set(PIECE.subarray(from - position, to - position), from - offset);
    }
    await writer.write(window);
  }
  await writer.close();
}

async function checkAround(t: ExecutionContext, sink: ObjectSink, position: number): Promise<void> {
  const offset = Math.max(0, position - 1000);
  const reader = await sink.open(LOCATION.container, LOCATION.name, { offset });
  t.is(reader.size, SIZE);
  const expected = new Uint8Array(Math.min(position - offset + PIECE.length + 1000, SIZE - offset));
  expected.set(PIECE, position - offset);
  const found = new Uint8Array(expected.length);
  t.is(await reader.readInto(found), found.length);
  t.is(Buffer.compare(found, expected), 0, `at ${position}`);
  await reader.close();
}

/** Bytes by which resident memory grows at most. */
async function growthWhile(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak - before;
}
