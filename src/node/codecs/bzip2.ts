import { type Bzip2, bz2Codec } from "../../codecs/bz2/codec.js";
import type { Codec } from "../../codecs/codec.js";
import { Bzip2Kernels, COMPRESSOR_SIZE } from "../../kernels/bzip2.js";
import type { Bzip2Decompressor } from "../../kernels/bzip2-decompressor.js";
import type { Workers } from "../../ports.js";
import { freeBuffer } from "./free.js";
import { pooledDecoder } from "./pooled-decoder.js";

export interface PooledBz2Options {
  readonly workers: Workers;
  /** 1 to 9. @default {9} */
  readonly level?: number | undefined;
}

/** bz2 on the threads of the pool, in both directions. @throws UsageError for what is no level */
export function pooledBz2Codec({ workers, level }: PooledBz2Options): Codec {
  return {
    ...bz2Codec(new PooledBzip2(workers), { level }),
    windowDecoder: (plainMax) => pooledDecoder(workers, { codec: "bz2", plainMax }),
  };
}

/** Compresses on the pool; decoding as a stream of pieces stays on this thread. */
class PooledBzip2 implements Bzip2<Bzip2Decompressor> {
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

  async compress(plain: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#workers.run("bzip2-compress", { plain, level })) as Uint8Array<ArrayBuffer>;
  }

  acquire(): Promise<Bzip2Decompressor> {
    return this.#kernels.acquire();
  }

  release(decompressor: Bzip2Decompressor): void {
    this.#kernels.release(decompressor);
  }
}
