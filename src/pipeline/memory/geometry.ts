/** Sizes of blocks, windows, chunks and gaps, and the checks that they fit each other (block ≤ window ≤ chunk). */
import { UsageError } from "../../errors.js";
import { KIB, MIB } from "../../units.js";

/** Large enough to amortize one WASM call and one system call, small enough for a pool of windows. */
const WINDOW_SIZE_AIM: number = MIB;
/** The digest kernel works on eight blocks at once. */
const LANES = 8;
/** A window holds at least one block, so this bounds the pool. */
export const BLOCK_SIZE_MAX: number = 16 * MIB;

/** The two sizes that determine a backup's layout. */
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

/** Bytes of a window: whole blocks, a multiple of eight if eight fit the aim, never more than a chunk. */
export function windowSizeOf({ blockSize, chunkSize }: Geometry): number {
  const fitting = Math.max(1, Math.floor(WINDOW_SIZE_AIM / blockSize));
  const blocks = fitting >= LANES ? fitting - (fitting % LANES) : fitting;
  return Math.min(blocks * blockSize, chunkSize);
}

/** Upper bound of one object's plain bytes: as many whole windows as fit `maxInput` (at least one), at most a chunk. */
export function objectSizeOf(geometry: Geometry, maxInput: number = Number.POSITIVE_INFINITY): number {
  const windowSize = windowSizeOf(geometry);
  const windowCount = Math.max(1, Math.floor(maxInput / windowSize));
  return Math.min(windowCount * windowSize, geometry.chunkSize);
}

/** Longest unchanged gap between changes that share an object: `backup_coalesce_gap`. */
export const DEFAULT_COALESCE_GAP: number = 64 * KIB;
/** A gap's windows wait in memory; for longer gaps a full backup is the better choice. */
export const COALESCE_GAP_MAX: number = 16 * MIB;

/** Decides which changes of an incremental backup share an object. */
export interface Coalescing {
  /** Longest unchanged gap, 0 to 16 MiB in bytes; less than a block joins nothing. @default {65536} */
  readonly coalesceGap?: number | undefined;
}

/** @throws UsageError for anything but a whole number of bytes, or too many */
export function coalesceGapOf({ coalesceGap = DEFAULT_COALESCE_GAP }: Coalescing): number {
  if (Number.isSafeInteger(coalesceGap) && coalesceGap >= 0 && coalesceGap <= COALESCE_GAP_MAX)
    return coalesceGap;
  throw new UsageError(
    `Cannot store gaps of ${coalesceGap} bytes: want a whole number from 0 to ${COALESCE_GAP_MAX}`,
  );
}

/** Largest number of windows held back: as many as a gap spans, never the last one of a chunk. */
export function heldWindowsMax(shape: Geometry & Coalescing): number {
  const windowSize = windowSizeOf(shape);
  const gap = coalesceGapOf(shape);
  return Math.ceil(Math.min(gap - (gap % shape.blockSize), shape.chunkSize - windowSize) / windowSize);
}
