/**
 * How much memory an operation takes, known before it starts (design: three buffers of a window, not of a chunk).
 *
 * The buffers come from a fixed pool, so their sum is a bound and not an estimate; it depends on neither the volume's
 * nor the object's size. `fixed` is what the parts around the pool allocate for themselves, an upper estimate.
 */
import { countOf, DIGEST_SIZE, MIB } from "../units.js";
import { type Geometry, windowSizeOf } from "./geometry.js";

/** Windows of a backup: one being read, up to three digested, three changing hands, and the pieces being encoded. */
export const ENCODE_LANES = 4;
export const BACKUP_WINDOWS: number = 7 + ENCODE_LANES;
/** Windows of a restore, of each kind: one being filled, up to three being worked on, two changing hands. */
export const RESTORE_BUFFERS = 6;
/** Kernels, codec state, the sink's and the tables' own buffers, digests of the objects in work. */
const FIXED_SIZE: number = 24 * MIB;

export interface MemoryPlan {
  /** Bytes of one window. */
  readonly windowSize: number;
  /** Buffers of the backup's pool, or of each of the restore's two. */
  readonly bufferCount: number;
  /** Bytes for reading: volume windows of a backup, stored bytes of a restore. */
  readonly read: number;
  /** Bytes for what is being encoded or was decoded. */
  readonly work: number;
  /** Bytes for digests beside the windows. */
  readonly digests: number;
  readonly fixed: number;
  /** Upper bound of the operation, in bytes, over what the runtime itself takes. */
  readonly total: number;
}

export function planBackupMemory(geometry: Geometry): MemoryPlan {
  const windowSize = windowSizeOf(geometry);
  const buffers = BACKUP_WINDOWS * windowSize;
  // An encoded piece is at most slightly larger than the window it was made from.
  const work = (ENCODE_LANES + 2) * windowSize;
  return plan({
    windowSize,
    bufferCount: BACKUP_WINDOWS,
    read: buffers,
    work,
    blockSize: geometry.blockSize,
  });
}

export function planRestoreMemory(blockSize: number): MemoryPlan {
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const buffers = RESTORE_BUFFERS * windowSize;
  return plan({ windowSize, bufferCount: RESTORE_BUFFERS, read: buffers, work: buffers, blockSize });
}

function plan(parts: {
  windowSize: number;
  bufferCount: number;
  read: number;
  work: number;
  blockSize: number;
}): MemoryPlan {
  const { windowSize, bufferCount, read, work, blockSize } = parts;
  const digests = 2 * bufferCount * countOf(windowSize, blockSize) * DIGEST_SIZE;
  const fixed = FIXED_SIZE;
  return { windowSize, bufferCount, read, work, digests, fixed, total: read + work + digests + fixed };
}
