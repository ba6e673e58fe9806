import { KIB } from "../units.js";

export const PAGE_SIZE: number = 64 * KIB;
/** Tables, the current block, and room for a block that turns out longer than its plain bytes. */
const FIXED_SIZE: number = 2048 * KIB;

/** Upper estimate of the memory of an instance that encodes frames of up to `plainMax` bytes. */
export function zstdFramesSize(plainMax: number): number {
  return FIXED_SIZE + 2 * plainMax + (plainMax >> 8) + PAGE_SIZE;
}
