import { Bz2Encoder } from "../../codecs/bz2/encoder.js";
import { bz2Memory } from "../../codecs/bz2/memory.js";
import type { Codec } from "../../codecs/codec.js";
import { levelOf } from "../../codecs/levels.js";
import { COMPRESSOR_SIZE, DECOMPRESSOR_SIZE } from "../../kernels/bzip2.js";
import type { Workers } from "../../ports.js";
import { freeBuffer } from "./free.js";
import { pooledDecoder } from "./pooled-decoder.js";

export interface NodeBz2Options {
  readonly workers: Workers;
  /** 1 to 9. @default {9} */
  readonly level?: number | undefined;
}

/** bz2 on the threads of a pool, in both directions. @throws UsageError for a level that is out of range */
export function nodeBz2Codec({ workers, ...options }: NodeBz2Options): Codec {
  const level = levelOf("bz2", options.level);
  const compress = async (plain: Uint8Array) =>
    (await workers.run("bzip2-compress", { plain, level })) as Uint8Array;
  const encoder = new Bz2Encoder(compress, freeBuffer);
  return {
    id: "bz2",
    memory: bz2Memory({
      compressorSize: workers.count * COMPRESSOR_SIZE,
      decodingSize: DECOMPRESSOR_SIZE,
    }),
    encoder: () => encoder,
    decoder: (plainMax) => pooledDecoder(workers, { codec: "bz2", plainMax }),
  };
}
