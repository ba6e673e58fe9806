/**
 * zstd on Node's pool of threads: with `node:zlib` if Node has zstd, otherwise with the package of the portable codec.
 * Objects are encoded whole, because a frame begins with its content size, and because the blocks of a frame depend on
 * each other: several cores need several objects at once.
 */
import type { Codec } from "../../../codecs/codec.js";
import { levelOf } from "../../../codecs/levels.js";
import { type CodecMemory, codecMemory } from "../../../codecs/memory.js";
import { zstdCodec } from "../../../codecs/zstd/codec.js";
import { headerIn, WINDOW_SIZE_MAX } from "../../../codecs/zstd/frames/frames.js";
import { wholeFrameMemory } from "../../../codecs/zstd/frames/whole-reader.js";
import { type ZstdOptions, zstdEncodedMax, zstdStateSize } from "../../../codecs/zstd/level.js";
import { wasmDecoderMemory } from "../../../codecs/zstd/wasm/memory.js";
import { supportsZstd, ZstdKernel } from "../../../kernels/zstd-kernel.js";
import { PooledDecoder } from "../../../threads/pooled-decoder.js";
import { MIB } from "../../../units.js";
import type { NodePool } from "../../threads/pool.js";
import { nativeZstdDecoder } from "./decoder.js";
import { PooledZstdEncoder } from "./encoder.js";
import { type NativeZstd, nativeZstd } from "./native.js";

export interface NodeZstdOptions extends ZstdOptions {
  /** Encodes and decodes the objects. */
  readonly pool: NodePool;
}

/** @throws UsageError for a level out of range */
export function nodeZstdCodec(options: NodeZstdOptions): Codec {
  return nativeZstd === undefined ? packageCodec(options) : nativeCodec(options, nativeZstd);
}

function nativeCodec({ pool, ...options }: NodeZstdOptions, native: NativeZstd): Codec {
  const level = levelOf("zstd", options.level);
  const encoder = new PooledZstdEncoder(pool, level);
  return {
    id: "zstd",
    memory: codecMemory({
      encodedMax: zstdEncodedMax,
      // A state for each, and the buffer for the result, of which only written pages take memory.
      encodeWork: (length) => zstdStateSize(level, Math.max(length, MIB)) + zstdEncodedMax(length),
      shared: 0,
      encoder: 0,
      // A frame may request a larger window than it has bytes; pages that are never written take no memory.
      decoder: (_, plainMax) => Math.min(WINDOW_SIZE_MAX, plainMax) + MIB,
      decoderFor: (head, _, plainMax) =>
        Math.min(headerIn(head)?.windowSize ?? WINDOW_SIZE_MAX, plainMax) + MIB,
    }),
    encoder: () => encoder,
    // Small volumes do not start threads.
    decoder: (plainMax) =>
      pool.hasStarted ? new PooledDecoder(pool, { codec: "zstd", plainMax }) : nativeZstdDecoder(native),
  };
}

function packageCodec({ pool, ...options }: NodeZstdOptions): Codec {
  const encoder = new PooledZstdEncoder(pool, levelOf("zstd", options.level));
  // Its memory is that of each thread's encoder.
  const portable = zstdCodec({ ...options, kernel: supportsZstd() ? new ZstdKernel() : undefined });
  return {
    ...portable,
    memory: onThreads(portable.memory, pool.count),
    encoder: () => encoder,
    decoder: (plainMax) => new PooledDecoder(pool, { codec: "zstd", plainMax }),
  };
}

/** Memory with one instance per thread, which also decodes short frames. */
function onThreads(memory: CodecMemory, count: number): CodecMemory {
  return {
    ...memory,
    shared: count * memory.shared,
    decodersShared: (plainMax) => count * wasmDecoderMemory(plainMax),
    decoder: (inputMax, plainMax) => memory.decoder(inputMax, plainMax) + wholeFrameMemory(plainMax),
    decoderFor: (head, inputMax, plainMax) =>
      memory.decoderFor(head, inputMax, plainMax) + wholeFrameMemory(plainMax),
  };
}
