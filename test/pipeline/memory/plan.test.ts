/** The plan's arithmetic: what users see and what the reference guide says. */
import test from "ava";
import { zerosMemory } from "../../../src/codecs/codec.js";
import { zlibCodec } from "../../../src/codecs/zlib/codec.js";
import { nodeRuntime } from "../../../src/node/runtime.js";
import {
  DEFAULT_CONCURRENT_OBJECTS,
  planBackupMemory,
  planMemory,
  planRestoreMemory,
} from "../../../src/pipeline/memory/plan.js";
import { GIB, KIB, MIB } from "../../../src/units.js";

const DEFAULTS = { blockSize: 32 * KIB, chunkSize: 1_999_994_880 };
const { codecs } = await nodeRuntime();

test("the guide's model is three objects, times the operations", (t) => {
  const { model, modelOfAll, maxOperations } = planMemory({ ...DEFAULTS, operation: "restore" });
  t.is(model, 3 * 1_999_994_880);
  t.is(maxOperations, 15);
  t.is(modelOfAll, 15 * 3 * 1_999_994_880);
  // The guide rounds the object first: 1.86 × 3 = 5.58, × 15 = 83.7.
  t.is(Number(((Math.floor((DEFAULTS.chunkSize / GIB) * 100) / 100) * 3).toFixed(2)), 5.58);
  t.is(Number((5.58 * 15).toFixed(1)), 83.7);
});

test("a plain backup with the defaults", (t) => {
  const plan = planBackupMemory(DEFAULTS);
  t.is(plan.windowSize, MIB);
  t.is(plan.read, 15 * MIB + zerosMemory(MIB));
  t.deepEqual([plan.work, plan.codec, plan.sink], [0, 0, 0]);
  t.is(plan.total, plan.read + plan.digests + plan.fixed);
});

test("a restore's digests follow the largest objects that it is at, nothing else does", (t) => {
  const shape = { blockSize: 32 * KIB, codecs: [zlibCodec()] };
  const small = planRestoreMemory({ ...shape, objectLengthMax: 50 * MIB });
  const large = planRestoreMemory({ ...shape, objectLengthMax: 1_999_994_880 });
  t.is(large.digests - small.digests, DEFAULT_CONCURRENT_OBJECTS * (61_035 - 1600) * 32);
  t.deepEqual(
    { ...large, digests: 0, accounted: 0, total: 0 },
    { ...small, digests: 0, accounted: 0, total: 0 },
  );
});

test("a restore plans the most that any of its codecs may take", (t) => {
  const planFor = (objectLengthMax: number, ids: ("zlib" | "bz2" | "zstd")[]): number =>
    planRestoreMemory({ blockSize: 32 * KIB, objectLengthMax, codecs: ids.map((id) => codecs.get(id)!) })
      .codec;
  const plan = (...ids: ("zlib" | "bz2" | "zstd")[]): number => planFor(1_999_994_880, ids);
  t.is(plan(), 0);
  t.true(plan("zstd") >= 128 * MIB, "a window of 128 MiB is what others may have used");
  t.true(planFor(8 * MIB, ["zstd"]) < 160 * MIB, "no window is larger than the object");
  t.true(plan("bz2") >= DEFAULT_CONCURRENT_OBJECTS * 3.6 * MIB, "small decoders work side by side");
  t.is(plan("zlib", "bz2", "zstd"), Math.max(plan("zlib"), plan("bz2"), plan("zstd")));
});

test("the sink's buffers are planned for every object that may be open", (t) => {
  const without = planBackupMemory(DEFAULTS);
  t.is(planBackupMemory({ ...DEFAULTS, sinkBufferSize: 8 * MIB }).total - without.total, 40 * MIB);
  const shape = { blockSize: 32 * KIB, objectLengthMax: MIB, codecs: [] };
  const restore = planRestoreMemory({ ...shape, sinkBufferSize: 8 * MIB });
  t.is(restore.total - planRestoreMemory(shape).total, (DEFAULT_CONCURRENT_OBJECTS + 1) * 8 * MIB);
});

test("every operation with every codec is far below the guide's figure, and 15 at once below one of its", (t) => {
  for (const [id, codec] of codecs) {
    for (const operation of ["backup", "restore"] as const) {
      const { plan, model, totalOfAll } = planMemory({ ...DEFAULTS, operation, codec });
      t.true(plan.total < model / 20, `${operation} ${id}: ${plan.total}`);
      t.true(totalOfAll < model, `${operation} ${id}: ${totalOfAll}`);
    }
  }
});

test("a block that is larger than the usual window makes larger windows", (t) => {
  const plan = planBackupMemory({ blockSize: 16 * MIB, chunkSize: 64 * MIB, codec: zlibCodec() });
  t.is(plan.windowSize, 16 * MIB);
  t.is(plan.read, 14 * 16 * MIB + zerosMemory(16 * MIB));
});

test("windows that a gap may hold back are in the plan", (t) => {
  const geometry = { blockSize: 32 * KIB, chunkSize: 50 * MIB };
  const windowsOf = (coalesceGap: number, shape = geometry): number =>
    planBackupMemory({ ...shape, coalesceGap }).bufferCount -
    planBackupMemory({ ...shape, coalesceGap: 0 }).bufferCount;
  t.deepEqual(
    [32 * KIB - 1, 32 * KIB, MIB, MIB + 1, MIB + 32 * KIB, 16 * MIB].map((gap) => windowsOf(gap)),
    [0, 1, 1, 1, 2, 16],
  );
  t.is(windowsOf(16 * MIB, { ...geometry, chunkSize: 3 * MIB }), 2, "never a chunk's last");
  t.is(windowsOf(16 * MIB, { ...geometry, chunkSize: 512 * KIB }), 0);
});
