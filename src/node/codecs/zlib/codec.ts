/** zlib (RFC 1950) on Node, on the pool's threads; small work is encoded by `node:zlib` on libuv's. */
import type { Codec } from "../../../codecs/codec.js";
import { levelOf } from "../../../codecs/levels.js";
import { codecMemory } from "../../../codecs/memory.js";
import { zlibCodec } from "../../../codecs/zlib/codec.js";
import { encodedMax } from "../../../codecs/zlib/encoded-max.js";
import { DICTIONARY_SIZE, ZlibPieceEncoder } from "../../../codecs/zlib/piece-encoder.js";
import { supportsDeflate } from "../../../kernels/deflate-kernels.js";
import { loadKernels } from "../../../kernels/kernels.js";
import { PooledDecoder } from "../../../threads/pooled-decoder.js";
import { PooledDeflating } from "../../../threads/pooled-deflating.js";
import { KIB } from "../../../units.js";
import type { NodePool } from "../../threads/pool.js";
import { freeBuffer } from "../free.js";
import { hasInflateHandle, inflateDecoder } from "./decoder.js";
import { deflateOnLibuv, OUTPUT_STEP_MIN } from "./encoder.js";

export interface NodeZlibOptions {
  /** Decodes objects once its threads run; before that, objects are decoded on the calling thread. */
  readonly pool?: NodePool | undefined;
  /** 1 to 9: fast to small. @default {6} */
  readonly level?: number | undefined;
}

/** deflate's tables and window at level 6, and the copy of a piece's end that the next piece refers to. */
const DEFLATE_STATE: number = 272 * KIB + DICTIONARY_SIZE;
const INFLATE_STATE: number = 48 * KIB;

/** Makes the codec, with its own kernels for the checksum. @throws UsageError for a level out of range */
export async function nodeZlibCodec({ pool, ...options }: NodeZlibOptions = {}): Promise<Codec> {
  const level = levelOf("zlib", options.level);
  const kernels = await loadKernels({ memorySize: 0 });
  const native = new ZlibPieceEncoder(
    {
      sharedSize: 0,
      deflate: deflateOnLibuv,
      adler32: async (bytes, seed) => kernels.adler32(bytes, seed),
      free: freeBuffer,
    },
    level,
  );
  const deflating =
    pool !== undefined && supportsDeflate() ? new PooledDeflating(pool, freeBuffer) : undefined;
  const pooled = deflating && new ZlibPieceEncoder(deflating, level);
  return {
    id: "zlib",
    memory: codecMemory({
      encodedMax,
      shared: deflating?.sharedSize ?? 0,
      // The output buffer from which the result is copied.
      encodeWork: (length) => DEFLATE_STATE + Math.max(OUTPUT_STEP_MIN, encodedMax(length)),
      encoder: DICTIONARY_SIZE,
      decoder: hasInflateHandle() ? () => INFLATE_STATE : zlibCodec().memory.decoder,
    }),
    // Small work is done before a thread has started.
    encoder: () => (pool?.hasStarted === true && pooled !== undefined ? pooled : native),
    decoder: (plainMax) =>
      pool?.hasStarted === true ? new PooledDecoder(pool, { codec: "zlib", plainMax }) : inflateDecoder(),
  };
}
