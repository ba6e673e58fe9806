/**
 * zstd on any runtime with WebAssembly. An object is one frame with its content size and a checksum, and nothing after
 * it: the reference system accepts nothing else. Encoding takes an object as a whole.
 */
import type { Codec } from "../codec.js";
import { levelOf } from "../levels.js";
import { codecMemory } from "../memory.js";
import { type CreateXxh64, Xxh64Pool } from "./checksum.js";
import { zstdDecoder } from "./frames/decoder.js";
import { decoderMemoryOf } from "./frames/frame-decoder.js";
import { headerIn, WINDOW_SIZE_MAX } from "./frames/frames.js";
import { PortableFrameReader } from "./frames/portable-reader.js";
import { isWholeFrame, WholeFrameReader } from "./frames/whole-reader.js";
import { type ZstdOptions, zstdEncodedMax } from "./level.js";
import { WasmZstd } from "./wasm/encoder.js";
import { type Instantiate, instantiateOnce } from "./wasm/instance.js";
import type { ZstdEncoding } from "./wasm/kernel.js";
import { encoderMemory, encoderWork } from "./wasm/memory.js";

/** Options of the zstd codec. */
export interface ZstdCodecOptions extends ZstdOptions {
  /** Encodes at the levels that it has, e.g. `new ZstdKernel()` of `ashlar/kernels`. @default {an instance encodes} */
  readonly kernel?: ZstdEncoding | undefined;
  /** Makes encoder instances. @default {the package's only instance} */
  readonly instantiate?: Instantiate | undefined;
  /** Makes checksums. @default {those of hash-wasm, which compiles WebAssembly} */
  readonly createXxh64?: CreateXxh64 | undefined;
  /** Frees the memory of bytes that the codec made at once, on hosts that can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
  /** Whether the instance also decodes short frames; the memory plan must then include that. @default {false} */
  readonly wholeFrames?: boolean | undefined;
}

/** @throws UsageError for a level out of range */
export function zstdCodec(options: ZstdCodecOptions = {}): Codec {
  const level = levelOf("zstd", options.level);
  const hashes = new Xxh64Pool(options.createXxh64);
  const { kernel, instantiate = instantiateOnce, free, wholeFrames = false } = options;
  const whole = new WasmZstd({ level, kernel, hashes, instantiate, free });
  return {
    id: "zstd",
    memory: codecMemory({
      encodedMax: zstdEncodedMax,
      encodeWork: (length) => encoderWork(level, kernel, length),
      shared: encoderMemory(level, kernel),
      encoder: 0,
      decoder: (_, plainMax) => decoderMemoryOf(WINDOW_SIZE_MAX, plainMax),
      decoderFor: (head, _, plainMax) =>
        decoderMemoryOf(headerIn(head)?.windowSize ?? WINDOW_SIZE_MAX, plainMax),
    }),
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
