/** A `Compute` on a pool: digests and MD5s on any of its threads. */
import { loadKernels } from "../kernels/kernels.js";
import { LANES_FROM } from "../kernels/lane-count.js";
import { supportsSimd } from "../kernels/module.js";
import type { Compute, ComputeOptions, StreamMd5 } from "../pipeline/run/compute.js";
import { BufferArena } from "./buffer-arena.js";
import { Md5Gang } from "./md5-gang.js";
import type { ThreadPool } from "./pool.js";
import { nextStream, type TaskRunner } from "./task-table.js";

export interface PooledComputeOptions extends Pick<ComputeOptions, "arenaSize" | "objectsAtOnce"> {
  /** Allocates at least `size` zeroed bytes for windows. The pool copies memory that its threads do not share. */
  readonly allocate: (size: number) => ArrayBufferLike;
}

export async function pooledCompute(
  pool: Pick<ThreadPool, "count" | "threadFor" | "run">,
  { arenaSize, objectsAtOnce = 1, allocate }: PooledComputeOptions,
): Promise<Compute> {
  const gang =
    objectsAtOnce >= LANES_FROM && supportsSimd() ? new Md5Gang(pool.threadFor("lanes-update")) : undefined;
  const open = new Set<PooledMd5>();
  return {
    arena: new BufferArena(allocate(arenaSize)),
    kernels: await loadKernels({ memorySize: 0 }),
    // More than the threads, so that none of them waits for this one.
    concurrency: pool.count + 1,
    digest: (window, blockSize, digests) => pool.run("digest", { window, blockSize, digests }),
    md5() {
      if (gang !== undefined) return gang.start();
      const md5 = new PooledMd5(pool.threadFor("md5-update"), () => open.delete(md5));
      open.add(md5);
      return md5;
    },
    md5sOf: (contents) => pool.run("md5s", { contents }),
    zeroMd5s: (lengths) => pool.run("zero-md5s", { lengths }),
    close() {
      for (const md5 of open) md5.drop();
      gang?.close();
    },
  };
}

/** An MD5 stays with one thread, because its pieces depend on each other. */
class PooledMd5 implements StreamMd5 {
  readonly #thread: TaskRunner;
  readonly #onEnd: () => void;
  readonly #stream = nextStream();

  constructor(thread: TaskRunner, onEnd: () => void) {
    this.#thread = thread;
    this.#onEnd = onEnd;
  }

  async update(bytes: Uint8Array): Promise<void> {
    await this.#thread.run("md5-update", { stream: this.#stream, bytes });
  }

  updateZeros(length: number): void {
    // A failure is the thread's, and `hex` rejects with it too.
    this.#thread.run("md5-zeros", { stream: this.#stream, length }).catch(() => {});
  }

  async hex(): Promise<string> {
    try {
      return await this.#thread.run("md5-end", { stream: this.#stream });
    } finally {
      this.#onEnd();
    }
  }

  /** Drops the MD5 after the run has failed. */
  drop(): void {
    this.#thread.run("md5-drop", { stream: this.#stream }).catch(() => {});
  }
}
