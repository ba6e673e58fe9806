/** Memory of a kernel or of an instance of `@bokuweb/zstd-wasm`, and the limits of their input. */
import { MIB } from "../../../units.js";
import { WHOLE_FRAME_MAX } from "../frames/whole-reader.js";
import { zstdEncodedMax, zstdStateSize } from "../level.js";
import { kernelFor, type ZstdEncoding } from "./kernel.js";

/**
 * Memory is at least three times this: the gathered object, its copy inside the instance and the room for the result.
 * At level 3 zstd looks back 2 MiB, so cutting objects here costs less than half a percent in size.
 */
export const ZSTD_INPUT_MAX: number = 5 * MIB;
/** A window, and so an object, may be as large as the largest block; the instance itself would accept 1000 MiB. */
export const ZSTD_INPUT_LIMIT: number = 16 * MIB;
/** The instance's memory before anything is encoded. */
const HEAP_SIZE: number = 16 * MIB;

/** Bytes of what encodes at `level`, before any object is longer than `ZSTD_INPUT_MAX`. */
export function encoderMemory(level: number, kernel: ZstdEncoding | undefined): number {
  return kernelFor(level, kernel)?.memorySize(ZSTD_INPUT_MAX) ?? wasmEncoderMemory(level);
}

/** Further memory for an object of `length` bytes: growth, and an instance's frame before its checksum is added. */
export function encoderWork(level: number, kernel: ZstdEncoding | undefined, length: number): number {
  const encoding = kernelFor(level, kernel);
  if (encoding === undefined) return zstdEncodedMax(length) + wasmGrowthFor(length);
  return encoding.memorySize(Math.max(length, ZSTD_INPUT_MAX)) - encoding.memorySize(ZSTD_INPUT_MAX);
}

/** Bytes of an instance that encodes at `level`; its memory grows by a fifth more than needed. */
function wasmEncoderMemory(level: number): number {
  return HEAP_SIZE + Math.ceil(1.2 * (2 * ZSTD_INPUT_MAX + zstdStateSize(level, ZSTD_INPUT_LIMIT)));
}

/** Further growth in bytes for an object of `length` bytes, if large blocks make it exceed `ZSTD_INPUT_MAX`. */
function wasmGrowthFor(length: number): number {
  return Math.ceil(1.2 * 2 * Math.max(0, length - ZSTD_INPUT_MAX));
}

/** Bytes of an instance that decodes; 0 unless all objects have short frames. */
export function wasmDecoderMemory(plainMax: number): number {
  if (plainMax > WHOLE_FRAME_MAX) return 0;
  return HEAP_SIZE + Math.ceil(1.2 * (2 * plainMax + MIB));
}
