/** How fast a runtime is at what a backup consists of. */
import { loadKernels } from "../../src/kernels/kernels.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { World } from "./world.js";

/** Megabytes (10^6 bytes) of the volume per second of wall time. */
export interface Throughput {
  readonly digest: number;
  readonly full: number;
  readonly restore: number;
}

const ROUNDS = 3;

/** Edge runtimes stop their clock while a program computes; it goes on after a wait. */
async function now(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now();
}

/** The best of some rounds, which is what the machine can do when nothing else disturbs. */
async function rate(bytes: number, work: () => Promise<unknown>): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = await now();
    await work();
    best = Math.max(best, bytes / 1000 / ((await now()) - started));
  }
  return best;
}

/** `full` and `restore` are with zlib, of a volume that is one half text, a quarter noise and a quarter zeros. */
export async function measureThroughput(runtime: Runtime): Promise<Throughput> {
  const kernels = await loadKernels({ memorySize: 5 * MIB });
  const window = kernels.allocate(4 * MIB);
  window.set(noise(window.length));
  const digests = kernels.allocate((window.length / (32 * KIB)) * 32);
  const volume = joined(prose(8 * MIB), noise(4 * MIB), new Uint8Array(4 * MIB));
  const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize: 4 * MIB, codec: "zlib" });
  return {
    digest: await rate(16 * window.length, async () => {
      for (let count = 0; count < 16; count++) kernels.digestInto(window, 32 * KIB, digests);
    }),
    full: await rate(volume.length, () => world.backup(volume)),
    restore: await rate(volume.length, () => world.restore(0, new MemoryTarget({ size: volume.length }))),
  };
}
