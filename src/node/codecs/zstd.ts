/**
 * zstd on Node: by `node:zlib` where it has zstd, and otherwise the portable codec. Objects are gathered, because a frame
 * begins with its content size, and because one frame's blocks follow from each other: it takes several objects at once
 * to keep several cores busy.
 */
import type { Codec, Decoder, WholeEncoder } from "../../codecs/codec.js";
import { GatheringEncoder } from "../../codecs/gathering-encoder.js";
import { levelOf } from "../../codecs/levels.js";
import { type WindowDecoder, windowDecoderOf } from "../../codecs/window-decoder.js";
import { zstdCodec } from "../../codecs/zstd/codec.js";
import { zstdDecoder } from "../../codecs/zstd/frames/decoder.js";
import { headerIn, WINDOW_SIZE_MAX } from "../../codecs/zstd/frames/frames.js";
import { type ZstdOptions, zstdEncodedMax, zstdStateSize } from "../../codecs/zstd/level.js";
import { MIB } from "../../units.js";
import type { WorkerPool } from "../threads/pool.js";
import { freeBuffer, freeStep } from "./free.js";
import { gatherSizes } from "./gather-sizes.js";
import { NativeWholeEncoder } from "./native-zstd.js";
import { pooledDecoder } from "./pooled-decoder.js";
import { PooledZstd, pooledZstdCodec } from "./pooled-zstd.js";
import { nativeFrameReader, OUTPUT_STEP } from "./zstd-frame-reader.js";
import { instantiateAnew } from "./zstd-instance.js";
import { type NativeZstd, nativeZstd } from "./zstd-native.js";
import { canDecodeWindows, zstdWindows } from "./zstd-windows.js";

export interface NodeZstdOptions extends ZstdOptions {
  /** `undefined` for a Node without zstd. @default {Node's own} */
  readonly native?: NativeZstd | undefined;
  /**
   * Where encoding happens, and decoding: of Node's own zstd once they run. @default {this thread and Node's own}
   */
  readonly workers?: WorkerPool | undefined;
}

/** @throws UsageError for what is no level */
export function nodeZstdCodec(options: NodeZstdOptions = {}): Codec {
  const native = "native" in options ? options.native : nativeZstd;
  const { workers } = options;
  if (native === undefined) {
    const portable = zstdCodec({ level: options.level, instantiate: instantiateAnew, free: freeBuffer });
    return workers === undefined ? portable : pooledZstdCodec(portable, workers, options);
  }
  const level = levelOf("zstd", options.level);
  const whole: WholeEncoder =
    workers === undefined
      ? new NativeWholeEncoder(native, level)
      : new PooledZstd(workers, level, gatherSizes);
  const decoder = (): Decoder => ({
    ...zstdDecoder(async (_, emit) => nativeFrameReader(native, emit)),
    release: (plain) => freeStep(plain, OUTPUT_STEP),
  });
  const inlineWindows = (): WindowDecoder =>
    canDecodeWindows(native) ? zstdWindows(native) : windowDecoderOf(decoder());
  return {
    id: "zstd",
    memory: {
      encodedMax: zstdEncodedMax,
      // A state for each, and the room that is made for a result, of which only what is written to takes memory.
      encodeWork: (length) => zstdStateSize(level, Math.max(length, MIB)) + zstdEncodedMax(length),
      shared: 0,
      encoder: 0,
      // A frame may ask for a larger window than it has bytes; what is never written to takes no memory.
      decoder: (_, plainMax) => Math.min(WINDOW_SIZE_MAX, plainMax) + MIB,
      decoderFor: (head, _, plainMax) =>
        Math.min(headerIn(head)?.windowSize ?? WINDOW_SIZE_MAX, plainMax) + MIB,
    },
    whole: () => whole,
    encoder: () => new GatheringEncoder(whole),
    decoder,
    windowDecoder: (plainMax) =>
      workers?.hasStarted === true ? pooledDecoder(workers, { codec: "zstd", plainMax }) : inlineWindows(),
  };
}
