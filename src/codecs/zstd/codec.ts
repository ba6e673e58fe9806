/**
 * zstd on any runtime with WebAssembly. An object is one frame with its content size and a checksum, and nothing after
 * it: the reference system reads no other. Encoding takes an object as a whole.
 */
import type { Codec } from "../codec.js";
import { levelOf } from "../levels.js";
import { type CreateXxh64, Xxh64Pool } from "./checksum.js";
import { zstdDecoder } from "./frames/decoder.js";
import { decoderMemoryOf } from "./frames/frame-decoder.js";
import { headerIn, WINDOW_SIZE_MAX } from "./frames/frames.js";
import { PortableFrameReader } from "./frames/portable-reader.js";
import { isWholeFrame, WholeFrameReader } from "./frames/whole-reader.js";
import { type ZstdOptions, zstdEncodedMax } from "./level.js";
import { WasmZstd } from "./wasm/encoder.js";
import { type Instantiate, instantiateOnce } from "./wasm/instance.js";
import { wasmEncoderMemory, wasmGrowthFor } from "./wasm/memory.js";

/** Options of the zstd codec. */
export interface ZstdCodecOptions extends ZstdOptions {
  /** Makes the instances that encode. @default {the one that the package has} */
  readonly instantiate?: Instantiate | undefined;
  /** Makes the checksums. @default {a package's, which compiles WebAssembly} */
  readonly createXxh64?: CreateXxh64 | undefined;
  /** Frees the memory of bytes that the codec made at once, on a host that can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
  /** Whether short frames are decoded by the instance too, which the plan then has to have room for. @default {false} */
  readonly wholeFrames?: boolean | undefined;
}

/** @throws UsageError for a level that is out of range */
export function zstdCodec(options: ZstdCodecOptions = {}): Codec {
  const level = levelOf("zstd", options.level);
  const hashes = new Xxh64Pool(options.createXxh64);
  const { instantiate = instantiateOnce, free, wholeFrames = false } = options;
  const whole = new WasmZstd({ level, hashes, instantiate, free });
  return {
    id: "zstd",
    memory: {
      encodedMax: zstdEncodedMax,
      // The frame as it comes out of the instance, before its checksum is added; and by what the instance grows.
      encodeWork: (length) => zstdEncodedMax(length) + wasmGrowthFor(length),
      shared: wasmEncoderMemory(level),
      encoder: 0,
      decoder: (_, plainMax) => decoderMemoryOf(WINDOW_SIZE_MAX, plainMax),
      decoderFor: (head, _, plainMax) =>
        decoderMemoryOf(headerIn(head)?.windowSize ?? WINDOW_SIZE_MAX, plainMax),
    },
    encoder: () => whole,
    decoder: (plainMax = Number.POSITIVE_INFINITY) =>
      zstdDecoder(async (header) => {
        const openOther = () => PortableFrameReader.open(header, plainMax, hashes);
        if (!wholeFrames || !isWholeFrame(header, plainMax)) return await openOther();
        const decompress = (frame: Uint8Array) => whole.decompress(frame);
        return new WholeFrameReader({ header, decompress, openOther, free });
      }),
  };
}
