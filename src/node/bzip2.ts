import type { Bzip2 } from "../codecs/bz2.js";
import { Bzip2Kernels, COMPRESSOR_SIZE } from "../kernels/bzip2.js";
import type { Bzip2Decompressor } from "../kernels/bzip2-decompressor.js";
import type { Workers } from "../ports.js";
import { freeBuffer } from "./free.js";

/** bzip2 that compresses on worker threads and decompresses on this one. */
export class WorkerBzip2 implements Bzip2<Bzip2Decompressor> {
  readonly free: typeof freeBuffer = freeBuffer;
  readonly compressorSize: number;
  readonly decodingSize: number;
  readonly #workers: Workers;
  readonly #kernels = new Bzip2Kernels();

  constructor(workers: Workers) {
    this.#workers = workers;
    this.compressorSize = workers.count * COMPRESSOR_SIZE;
    this.decodingSize = this.#kernels.decodingSize;
  }

  compress(piece: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#workers.run("bzip2-compress", new Uint8Array(piece), { level });
  }

  acquire(): Promise<Bzip2Decompressor> {
    return this.#kernels.acquire();
  }

  release(decompressor: Bzip2Decompressor): void {
    this.#kernels.release(decompressor);
  }
}
