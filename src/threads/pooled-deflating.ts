import type { Deflating } from "../codecs/zlib/piece-encoder.js";
import { DEFLATER_SIZE } from "../kernels/deflate-size.js";
import { type Kernels, loadKernels } from "../kernels/kernels.js";
import type { ThreadPool } from "./pool.js";

/** Deflates pieces on any of a pool's threads, and computes checksums on the calling thread. */
export class PooledDeflating implements Deflating {
  readonly sharedSize: number;
  readonly free: (bytes: Uint8Array) => void;
  readonly #pool: Pick<ThreadPool, "run">;
  #kernels: Promise<Kernels> | undefined;

  /** @param free frees the memory of bytes at once, on hosts that can */
  constructor(pool: Pick<ThreadPool, "count" | "run">, free: (bytes: Uint8Array) => void = () => {}) {
    this.free = free;
    this.sharedSize = pool.count * DEFLATER_SIZE;
    this.#pool = pool;
  }

  deflate(piece: Uint8Array, dictionary: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#pool.run("zlib-encode", { piece, dictionary, level });
  }

  async adler32(bytes: Uint8Array, seed: number): Promise<number> {
    this.#kernels ??= loadKernels({ memorySize: 0 });
    return (await this.#kernels).adler32(bytes, seed);
  }
}
