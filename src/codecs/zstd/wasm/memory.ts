/** The memory of an instance of `@bokuweb/zstd-wasm`, and the most that one is given at once. */
import { MIB } from "../../../units.js";
import { WHOLE_FRAME_MAX } from "../frames/whole-reader.js";
import { zstdStateSize } from "../level.js";

/**
 * Memory is three times this and more: what is gathered, its copy inside of the instance and the room for the result.
 * At level 3 zstd looks back 2 MiB, so cutting here costs less than half a hundredth in size.
 */
export const ZSTD_INPUT_MAX: number = 5 * MIB;
/** A window, and so an object, may be as large as the largest block; the instance itself takes 1000 MiB. */
export const ZSTD_INPUT_LIMIT: number = 16 * MIB;
/** The instance's memory before anything is encoded. */
const HEAP_SIZE: number = 16 * MIB;

/** Bytes of an instance that encodes at `level`, whose memory grows by a fifth more than is needed. */
export function wasmEncoderMemory(level: number): number {
  return HEAP_SIZE + Math.ceil(1.2 * (2 * ZSTD_INPUT_MAX + zstdStateSize(level, ZSTD_INPUT_LIMIT)));
}

/** Bytes by which it grows further for an object of `length` bytes, where blocks are so large that it has to be. */
export function wasmGrowthFor(length: number): number {
  return Math.ceil(1.2 * 2 * Math.max(0, length - ZSTD_INPUT_MAX));
}

/** The same for decoding, where all objects have short frames. */
export function wasmDecoderMemory(plainMax: number): number {
  if (plainMax > WHOLE_FRAME_MAX) return 0;
  return HEAP_SIZE + Math.ceil(1.2 * (2 * plainMax + MIB));
}
