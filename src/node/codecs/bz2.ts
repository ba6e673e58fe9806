import { Bz2Encoder } from "../../codecs/bz2/encoder.js";
import { bz2Memory } from "../../codecs/bz2/memory.js";
import type { Codec } from "../../codecs/codec.js";
import { levelOf } from "../../codecs/levels.js";
import { COMPRESSOR_SIZE, DECOMPRESSOR_SIZE } from "../../kernels/bzip2.js";
import { PooledDecoder } from "../../threads/pooled-decoder.js";
import type { NodePool } from "../threads/pool.js";
import { freeBuffer } from "./free.js";

export interface NodeBz2Options {
  readonly pool: NodePool;
  /** 1 to 9. @default {9} */
  readonly level?: number | undefined;
}

/** bz2 on the threads of a pool, in both directions. @throws UsageError for a level out of range */
export function nodeBz2Codec({ pool, ...options }: NodeBz2Options): Codec {
  const level = levelOf("bz2", options.level);
  const compress = (plain: Uint8Array) => pool.run("bz2-encode", { plain, level });
  const encoder = new Bz2Encoder(compress, freeBuffer);
  return {
    id: "bz2",
    memory: bz2Memory({
      compressorSize: pool.count * COMPRESSOR_SIZE,
      decodingSize: DECOMPRESSOR_SIZE,
    }),
    encoder: () => encoder,
    decoder: (plainMax) => new PooledDecoder(pool, { codec: "bz2", plainMax }),
  };
}
