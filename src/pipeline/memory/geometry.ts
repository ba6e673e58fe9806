/** Sizes of blocks, windows, chunks and gaps, and the checks that they fit each other (block ≤ window ≤ chunk). */
import { UsageError } from "../../errors.js";
import { KIB, MIB } from "../../units.js";

/** Where one WASM call and one system call are each worth their overhead, and a pool of them is still small. */
const WINDOW_SIZE_AIM: number = MIB;
/** The digest kernel works on eight blocks at once. */
const LANES = 8;
/** A window holds at least one block, so this bounds the pool. */
export const BLOCK_SIZE_MAX: number = 16 * MIB;

/** The two sizes that a backup's layout follows from. */
export interface Geometry {
  /** Bytes over which one digest is taken. */
  readonly blockSize: number;
  /** Upper bound of one object's plain bytes; a multiple of the block size. */
  readonly chunkSize: number;
}

/** @throws UsageError naming the size that does not fit */
export function checkGeometry({ blockSize, chunkSize }: Geometry): void {
  if (!Number.isSafeInteger(blockSize) || blockSize < 1 || blockSize > BLOCK_SIZE_MAX) {
    throw new UsageError(
      `Cannot use block size ${blockSize}: want a whole number of bytes from 1 to ${BLOCK_SIZE_MAX}`,
    );
  }
  if (!Number.isSafeInteger(chunkSize) || chunkSize < 1) {
    throw new UsageError(`Cannot use object size ${chunkSize}: want a whole number of bytes above 0`);
  }
  if (chunkSize % blockSize !== 0) {
    const wanted = `want a multiple of the block size ${blockSize}`;
    throw new UsageError(`Cannot use object size ${chunkSize}: ${wanted}`);
  }
}

/** Bytes of a window: whole blocks, a multiple of eight of them where the aim allows, never more than a chunk. */
export function windowSizeOf({ blockSize, chunkSize }: Geometry): number {
  const fitting = Math.max(1, Math.floor(WINDOW_SIZE_AIM / blockSize));
  const blocks = fitting >= LANES ? fitting - (fitting % LANES) : fitting;
  return Math.min(blocks * blockSize, chunkSize);
}

/** Upper bound of one object's plain bytes: whole windows, as many as `maxInput` bytes take, and never above a chunk. */
export function objectSizeOf(geometry: Geometry, maxInput: number = Number.POSITIVE_INFINITY): number {
  const windowSize = windowSizeOf(geometry);
  const windowCount = Math.max(1, Math.floor(maxInput / windowSize));
  return Math.min(windowCount * windowSize, geometry.chunkSize);
}

/** Unchanged bytes between changed ones for which no new object begins: `backup_coalesce_gap`. */
export const DEFAULT_COALESCE_GAP: number = 64 * KIB;
/** A gap's windows wait in memory, and who wants longer ones wants a full backup. */
export const COALESCE_GAP_MAX: number = 16 * MIB;

/** Which changes of an incremental backup share an object. */
export interface Coalescing {
  /** Bytes, from 0 to 16 MiB; what is shorter than a block joins nothing. @default {65536} */
  readonly coalesceGap?: number | undefined;
}

/** @throws UsageError for what is no whole number of bytes, or too large */
export function coalesceGapOf({ coalesceGap = DEFAULT_COALESCE_GAP }: Coalescing): number {
  if (Number.isSafeInteger(coalesceGap) && coalesceGap >= 0 && coalesceGap <= COALESCE_GAP_MAX)
    return coalesceGap;
  throw new UsageError(
    `Cannot store gaps of ${coalesceGap} bytes: want a whole number from 0 to ${COALESCE_GAP_MAX}`,
  );
}

/** Windows that are held back at most: as many as a gap reaches over, and never a chunk's last. */
export function heldWindowsMax(shape: Geometry & Coalescing): number {
  const windowSize = windowSizeOf(shape);
  const gap = coalesceGapOf(shape);
  return Math.ceil(Math.min(gap - (gap % shape.blockSize), shape.chunkSize - windowSize) / windowSize);
}
