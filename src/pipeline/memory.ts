/**
 * How much memory an operation takes, known before it starts (design: three buffers of a window, not of a chunk).
 *
 * The buffers come from fixed pools, so their sum is a bound and not an estimate; it depends on neither the volume's
 * nor the object's size, but for a codec that takes objects whole, and then on the most it takes. `codec` and `fixed`
 * are what the parts around the pools allocate for themselves, upper estimates.
 */
import type { Codec, WholeEncoder } from "../codecs/codec.js";
import { countOf, DIGEST_SIZE, MIB } from "../units.js";
import { type Geometry, objectSizeOf, windowSizeOf } from "./geometry.js";

/** Windows of a backup: one being read, up to three digested, three changing hands, and the pieces being encoded. */
export const ENCODE_LANES = 4;
export const BACKUP_WINDOWS: number = 7 + ENCODE_LANES;
/** Windows of a restore, of each kind: one being filled, up to three being worked on, two changing hands. */
export const RESTORE_BUFFERS = 6;
/** Kernels, the sink's and the tables' own buffers, small codec state, digests of the objects in work. */
const FIXED_SIZE: number = 24 * MIB;

export interface MemoryPlan {
  /** Bytes of one window. */
  readonly windowSize: number;
  /** Buffers of the backup's pool, or of each of the restore's two. */
  readonly bufferCount: number;
  /** Buffers in which a backup gathers whole objects, and bytes of each; none for a codec that takes pieces. */
  readonly gatherCount: number;
  readonly gatherSize: number;
  /** Bytes for reading: volume windows and gathered objects of a backup, stored bytes of a restore. */
  readonly read: number;
  /** Bytes for what is being encoded or was decoded. */
  readonly work: number;
  /** Bytes of the codec's own state. */
  readonly codec: number;
  /** Bytes for digests beside the windows. */
  readonly digests: number;
  readonly fixed: number;
  /** Upper bound of the operation, in bytes, over what the runtime itself takes. */
  readonly total: number;
}

/** What a backup encodes with. */
export interface BackupEncoding {
  readonly codec: Codec;
  /** Present when objects are encoded whole. */
  readonly whole: WholeEncoder | undefined;
}

/** @param encoding `undefined` where plain bytes are stored */
export function planBackupMemory(geometry: Geometry, encoding?: BackupEncoding): MemoryPlan {
  const windowSize = windowSizeOf(geometry);
  const whole = encoding?.whole;
  const gatherCount = whole?.lanes ?? 0;
  const gatherSize = whole === undefined ? 0 : objectSizeOf(geometry, whole.maxInput);
  const read = BACKUP_WINDOWS * windowSize + gatherCount * gatherSize;
  // What is encoded is at most slightly larger than the window or the object it was made from.
  const work = whole === undefined ? (ENCODE_LANES + 2) * windowSize : (gatherCount + 2) * gatherSize;
  const codec = encoding?.codec.encoderMemory ?? 0;
  const buffers = { windowSize, bufferCount: BACKUP_WINDOWS, gatherCount, gatherSize };
  return plan({ ...buffers, read, work, codec }, geometry.blockSize);
}

/** @param codecs those that the objects to restore were encoded with */
export function planRestoreMemory(blockSize: number, codecs: readonly Codec[] = []): MemoryPlan {
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const size = RESTORE_BUFFERS * windowSize;
  // One object is decoded after the other.
  const codec = Math.max(0, ...codecs.map(({ decoderMemory = 0 }) => decoderMemory));
  const buffers = { windowSize, bufferCount: RESTORE_BUFFERS, gatherCount: 0, gatherSize: 0 };
  return plan({ ...buffers, read: size, work: size, codec }, blockSize);
}

function plan(parts: Omit<MemoryPlan, "digests" | "fixed" | "total">, blockSize: number): MemoryPlan {
  const { windowSize, bufferCount, read, work, codec } = parts;
  const digests = 2 * bufferCount * countOf(windowSize, blockSize) * DIGEST_SIZE;
  const fixed = FIXED_SIZE;
  return { ...parts, digests, fixed, total: read + work + codec + digests + fixed };
}
