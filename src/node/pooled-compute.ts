/** What a run computes with on the pool: windows in memory that all threads share, digests and MD5s on any of them. */
import { loadKernels } from "../kernels/kernels.js";
import { supportsSimd } from "../kernels/module.js";
import type { Compute, ComputeOptions, StreamMd5 } from "../pipeline/compute.js";
import type { WorkerLane, Workers } from "../ports.js";
import { Md5Gang } from "./md5-gang.js";
import { SharedArena } from "./shared-arena.js";

let nextStream = 0;

/** From here on MD5s side by side on one thread take less than those of OpenSSL on all of them: measured (0031). */
const GANG_FROM = 3;

export async function pooledCompute(
  workers: Workers,
  { arenaSize, objectsAtOnce = 1 }: ComputeOptions,
): Promise<Compute> {
  const gang =
    objectsAtOnce >= GANG_FROM && supportsSimd() ? new Md5Gang(workers.laneFor("md5-lanes")) : undefined;
  const open = new Set<PooledMd5>();
  return {
    arena: new SharedArena(arenaSize),
    kernels: await loadKernels({ memorySize: 0 }),
    // More than there are threads, so that none of them waits for this one.
    lanes: workers.count + 1,
    digest: async (window, blockSize, digests) =>
      (await workers.run("digest", { window, blockSize, digests })) as number,
    md5() {
      if (gang !== undefined) return gang.start();
      const md5 = new PooledMd5(workers.laneFor("md5"), () => open.delete(md5));
      open.add(md5);
      return md5;
    },
    close() {
      for (const md5 of open) md5.drop();
      gang?.close();
    },
  };
}

/** An MD5 stays with one thread, because its pieces depend on each other. */
class PooledMd5 implements StreamMd5 {
  readonly #lane: WorkerLane;
  readonly #onEnd: () => void;
  readonly #stream = nextStream++;

  constructor(lane: WorkerLane, onEnd: () => void) {
    this.#lane = lane;
    this.#onEnd = onEnd;
  }

  async update(bytes: Uint8Array): Promise<void> {
    await this.#lane.run("md5", { stream: this.#stream, bytes });
  }

  updateZeros(length: number): void {
    // A failure is that of the thread, and shows in `hex` too.
    this.#lane.run("md5-zeros", { stream: this.#stream, length }).catch(() => {});
  }

  async hex(): Promise<string> {
    try {
      return (await this.#lane.run("md5-end", { stream: this.#stream })) as string;
    } finally {
      this.#onEnd();
    }
  }

  /** The run has failed: nobody asks for it any more. */
  drop(): void {
    this.#lane.run("md5-drop", { stream: this.#stream }).catch(() => {});
  }
}
