/** zlib (RFC 1950) on Node: encoded on libuv's threads, decoded on the pool's. */
import type { Codec } from "../../../codecs/codec.js";
import { levelOf } from "../../../codecs/levels.js";
import { codecMemory } from "../../../codecs/memory.js";
import { zlibCodec } from "../../../codecs/zlib/codec.js";
import { encodedMax } from "../../../codecs/zlib/encoded-max.js";
import { DICTIONARY_SIZE, ZlibPieceEncoder } from "../../../codecs/zlib/piece-encoder.js";
import { loadKernels } from "../../../kernels/kernels.js";
import { PooledDecoder } from "../../../threads/pooled-decoder.js";
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
  const deflating = {
    sharedSize: 0,
    deflate: deflateOnLibuv,
    adler32: async (bytes: Uint8Array, seed: number) => kernels.adler32(bytes, seed),
    free: freeBuffer,
  };
  const encoder = new ZlibPieceEncoder(deflating, level);
  return {
    id: "zlib",
    memory: codecMemory({
      encodedMax,
      shared: 0,
      // The output buffer from which the result is copied.
      encodeWork: (length) => DEFLATE_STATE + Math.max(OUTPUT_STEP_MIN, encodedMax(length)),
      encoder: DICTIONARY_SIZE,
      decoder: hasInflateHandle() ? () => INFLATE_STATE : zlibCodec().memory.decoder,
    }),
    encoder: () => encoder,
    decoder: (plainMax) =>
      pool?.hasStarted === true ? new PooledDecoder(pool, { codec: "zlib", plainMax }) : inflateDecoder(),
  };
}
