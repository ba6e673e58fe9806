/**
 * What must not become slower, in ratios of CPU time within this process: they hold on any machine, however busy. The
 * limits leave a factor of two to five to what was measured (digest 2.8 times hash-wasm, pipeline 5 copies, most of them
 * the time of a few promises), so that they fail for what was lost for good and not for a bad moment.
 */
import { randomFillSync } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { createSHA256 } from "hash-wasm";
import { type Contender, interleave, medianRatio } from "../../bench/report/interleave.js";
import { loadKernels } from "../../src/kernels/kernels.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { runBackup } from "../../src/pipeline/backup.js";
import { Profile } from "../../src/pipeline/run/profile.js";
import type { RunOptions } from "../../src/pipeline/run/run.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import type { Clock } from "../../src/ports.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectWriter } from "../../src/sinks/sink.js";
import type { VolumeSource } from "../../src/sources/volume.js";
import { DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { identityOf } from "./world.js";

const BLOCK_SIZE: number = 32 * KIB;
const WINDOW_SIZE: number = MIB;
const DIGEST_LEAD_MIN = 1.5;
const PIPELINE_COPIES_MAX = 25;
/** Windows in the measured part of a run, after as many that warm up. */
const WINDOWS = 512;
/** Bytes that may stay for each window: nothing does, but what is compiled or cached meanwhile comes along. */
const KEPT_MAX = 1024;
/** Bytes of buffers that may be made for each window: small ones, such as pieces of the table of digests. */
const BUFFERS_MAX: number = 8 * KIB;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
// V8's first tier runs the kernel at a quarter of its speed, and on a busy machine the second came after the test.
setFlagsFromString("--wasm-sync-tier-up");

/** A runtime whose digests cost nothing: what is left is the pipeline. */
const idleRuntime: Runtime = {
  hashes: nodeHashes,
  codecs: new Map(),
  async compute({ arenaSize }) {
    const kernels = await loadKernels({ memorySize: arenaSize });
    const md5 = { update: async () => {}, updateZeros: () => {}, hex: async () => "0".repeat(32) };
    const md5sOf = async (contents: readonly Uint8Array[]) => contents.map(() => "0".repeat(32));
    return {
      arena: kernels,
      kernels,
      concurrency: 3,
      digest: async () => 0,
      md5: () => md5,
      md5sOf,
      zeroMd5s: async (lengths) => lengths.map(() => "0".repeat(32)),
      close: () => {},
    };
  },
};

/** Takes everything and keeps nothing. */
class Nowhere extends MemorySink {
  override async create(): Promise<ObjectWriter> {
    return { write: async () => {}, close: async () => {}, abort: async () => {} };
  }
}

interface Reading {
  /** Of the volume. */
  readonly windowCount: number;
  readonly onRead: (buffer: Uint8Array, window: number) => void;
}

async function backUp({ windowCount, onRead }: Reading, run: RunOptions = {}): Promise<void> {
  let window = 0;
  const source: VolumeSource = {
    size: windowCount * WINDOW_SIZE,
    readInto: async (buffer) => onRead(buffer, window++),
    close: async () => {},
  };
  const sink = new Nowhere();
  await sink.createContainer("c");
  const backupOf = {
    container: "c",
    prefix: "p",
    identity: identityOf(1),
  };
  const geometry = { blockSize: BLOCK_SIZE, chunkSize: 64 * MIB };
  const rest = { ...run, volumeMetadata: null, codec: undefined, runtime: idleRuntime };
  await runBackup(source, sink, { ...backupOf, ...geometry, ...rest });
}

test("the digest kernel keeps its lead over hash-wasm", async (t) => {
  const kernels = await loadKernels({ memorySize: 2 * MIB, simd: true });
  const window = randomFillSync(kernels.allocate(WINDOW_SIZE));
  const digests = new Uint8Array((WINDOW_SIZE / BLOCK_SIZE) * DIGEST_SIZE);
  const reused = await createSHA256();
  const contenders: Contender[] = [
    { name: "kernel", run: () => void kernels.digestInto(window, BLOCK_SIZE, digests) },
    {
      name: "hash-wasm",
      run: () => {
        for (let at = 0; at < WINDOW_SIZE; at += BLOCK_SIZE)
          reused
            .init()
            .update(window.subarray(at, at + BLOCK_SIZE))
            .digest("binary");
      },
    },
  ];
  const [kernel, other] = interleave(contenders, { bytes: WINDOW_SIZE, turns: 15 });
  const lead = medianRatio(kernel!, other!);
  t.log(`${lead.toFixed(2)} times`);
  t.true(lead >= DIGEST_LEAD_MIN, `${lead} times`);
});

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test("a window's way through the pipeline takes less than a few copies of it", async (t) => {
  const bytes = randomFillSync(new Uint8Array(WINDOW_SIZE));
  const copy = new Uint8Array(WINDOW_SIZE);
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = cpuMs();
    await backUp({ windowCount: 256, onRead: (buffer) => buffer.set(bytes) });
    const between = cpuMs();
    for (let i = 0; i < 256; i++) copy.set(bytes);
    ratios.push((between - start) / (cpuMs() - between));
  }
  t.log(`${ratios.map((ratio) => ratio.toFixed(2)).join(", ")} copies`);
  t.true(Math.min(...ratios) <= PIPELINE_COPIES_MAX, `${ratios} copies`);
});

interface Waste {
  /** Bytes of the heap that stay for each window. */
  readonly kept: number;
  /** Bytes of buffers that are made for each window. */
  readonly buffers: number;
}

/** @param work is done for every window too */
async function wasteOf(run: RunOptions, work: () => void = () => {}): Promise<Waste> {
  let [first, kept, buffers, last] = [0, 0, 0, 0];
  const onRead = (_: Uint8Array, window: number): void => {
    work();
    if (window < WINDOWS) return;
    if (window % WINDOWS === 0) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (window === WINDOWS) first = heapUsed;
    kept = heapUsed - first;
    // Between two windows a collection may only take away, so what comes is what was made.
    if (window > WINDOWS) buffers += Math.max(0, arrayBuffers - last);
    last = arrayBuffers;
  };
  await backUp({ windowCount: 2 * WINDOWS + 1, onRead }, run);
  return { kept: kept / WINDOWS, buffers: buffers / WINDOWS };
}

const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

for (const [title, run] of [
  ["", {}],
  [", with a profile", { profile: new Profile(clock) }],
] as const) {
  test.serial(`no window leaves anything behind, and none makes a buffer${title}`, async (t) => {
    const { kept, buffers } = await wasteOf(run);
    t.log(`keeps ${kept.toFixed(0)} bytes a window, makes buffers of ${buffers.toFixed(0)}`);
    t.true(kept <= KEPT_MAX, `${kept} bytes a window`);
    t.true(buffers <= BUFFERS_MAX, `${buffers} bytes a window`);
  });
}

test.serial("a buffer for each window, and something kept, would be noticed", async (t) => {
  const kept: number[][] = [];
  const wasted = await wasteOf({}, () => kept.push(new Array<number>(250).fill(0.5)));
  t.true(wasted.kept > 1500, `${wasted.kept} bytes a window`);
  let buffer = new Uint8Array(0);
  const { buffers } = await wasteOf({}, () => {
    buffer = new Uint8Array(2 * BUFFERS_MAX);
  });
  t.true(buffers > BUFFERS_MAX, `${buffers} bytes a window`);
  t.is(buffer.length, 2 * BUFFERS_MAX);
});
