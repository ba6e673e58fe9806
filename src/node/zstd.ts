/**
 * zstd on Node: by `node:zlib` where it has zstd, as a stream in both directions, and otherwise the portable codec.
 * Objects whose lengths are not known at their start are gathered, because a frame begins with its content size.
 */
import { promisify } from "node:util";
import type { Codec, Decoder, WholeEncoder } from "../codecs/codec.js";
import { GatheringEncoder } from "../codecs/gathering-encoder.js";
import { levelOf } from "../codecs/levels.js";
import { windowDecoderOf } from "../codecs/window-decoder.js";
import { ZeroObjects } from "../codecs/zero-objects.js";
import { zstdCodec } from "../codecs/zstd.js";
import { zstdDecoder } from "../codecs/zstd-decoder.js";
import { headerIn, WINDOW_SIZE_MAX } from "../codecs/zstd-frames.js";
import { type ZstdOptions, zstdEncodedMax, zstdStateSize } from "../codecs/zstd-level.js";
import { ZSTD_INPUT_MAX } from "../codecs/zstd-wasm.js";
import { MIB } from "../units.js";
import { freeBuffer, freeStep } from "./free.js";
import { pooledDecoder } from "./pooled-decoder.js";
import { pooledZstdCodec } from "./pooled-zstd.js";
import type { WorkerPool } from "./worker-pool.js";
import { FrameEncoder } from "./zstd-encoder.js";
import { nativeFrameReader, OUTPUT_STEP } from "./zstd-frame-reader.js";
import { instantiateAnew } from "./zstd-instance.js";
import { type NativeZstd, nativeZstd } from "./zstd-native.js";

/** Objects that are encoded side by side. */
const LANES = 3;

export interface NodeZstdOptions extends ZstdOptions {
  /** `undefined` for a Node without zstd. @default {Node's own} */
  readonly native?: NativeZstd | undefined;
  /**
   * Where encoding and decoding happen without it. With it they decode, once they run. @default {this thread}
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
  const zeros = new ZeroObjects();
  const whole = wholeEncoder(native, level, zeros);
  const decoder = (): Decoder => ({
    ...zstdDecoder(async (_, emit) => nativeFrameReader(native, emit)),
    release: (plain) => freeStep(plain, OUTPUT_STEP),
  });
  return {
    id: "zstd",
    memory: {
      encodedMax: zstdEncodedMax,
      // A state for each whole object, or the steps of output before they are joined.
      encodeWork: (length) => zstdStateSize(level, Math.max(length, MIB)) + zstdEncodedMax(length),
      shared: 0,
      encoder: zstdStateSize(level),
      // A frame may ask for a larger window than it has bytes; what is never written to takes no memory.
      decoder: (_, plainMax) => Math.min(WINDOW_SIZE_MAX, plainMax) + MIB,
      decoderFor: (head, _, plainMax) =>
        Math.min(headerIn(head)?.windowSize ?? WINDOW_SIZE_MAX, plainMax) + MIB,
    },
    whole: (isLengthKnown) => (isLengthKnown ? undefined : whole),
    encoder: (length) =>
      length === undefined ? new GatheringEncoder(whole) : new FrameEncoder({ native, level, length, zeros }),
    decoder,
    windowDecoder: (plainMax) =>
      workers?.hasStarted === true
        ? pooledDecoder(workers, { codec: "zstd", plainMax })
        : windowDecoderOf(decoder()),
  };
}

function wholeEncoder(native: NativeZstd, level: number, zeros: ZeroObjects): WholeEncoder {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = native.constants;
  const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 };
  const compress = promisify(native.zstdCompress);
  // One step of output for the whole frame, which is seldom longer than its content.
  const encode = (plain: Uint8Array) =>
    compress(plain, { params, pledgedSrcSize: plain.length, chunkSize: Math.max(64, plain.length) });
  return {
    maxInput: ZSTD_INPUT_MAX,
    lanes: LANES,
    encode: (plain, isZero) => (isZero ? zeros.get(plain.length, () => encode(plain)) : encode(plain)),
  };
}
