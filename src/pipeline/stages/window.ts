/** Items that move between the stages of a backup. The holder of an item owns one lease on its buffer. */
import type { CodecId, ObjectEncoder } from "../../codecs/codec.js";
import type { Hold } from "../memory/budget.js";
import type { PooledBuffer } from "../memory/pool.js";

/** Consecutive whole blocks of the volume, inside one chunk; only the volume's last block may be short. */
export interface Window {
  /** Byte offset in the volume. */
  readonly offset: number;
  /** A view of `buffer.bytes`. */
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
  /** Whether the bytes are still to be read, by the thread that digests them. */
  readonly isUnread?: boolean | undefined;
  /** Whether the bytes were not read, because the source states that they are zeros. */
  readonly isHole?: boolean | undefined;
}

export interface DigestedWindow extends Window {
  /** A view of `buffer.digests`: 32 bytes per block. */
  readonly digests: Uint8Array;
  readonly isZero: boolean;
  /** The parent's digests of the same blocks, if windows that are claimed to be unchanged are left out. */
  readonly parentDigests?: Uint8Array | undefined;
}

/** A run of changed blocks inside one chunk, or a piece of one; it becomes one object. Compared by identity. */
export interface Extent {
  /** Byte offset in the volume. */
  readonly offset: number;
  /** Plain bytes of the whole extent, if known at its start. */
  readonly length?: number | undefined;
}

/** The bytes of an extent inside one window. The pieces of an extent follow each other without a gap. */
export interface ExtentPiece extends Window {
  readonly extent: Extent;
  readonly isZero: boolean;
}

/** An extent of zeros, of which there are no windows. */
export interface HoleExtent extends Extent {
  readonly length: number;
}

/** Properties of an object that are known at its end. */
export interface ExtentEnd {
  /** Plain bytes of the whole extent. */
  readonly length: number;
  /** MD5 of the plain bytes, 32 hexadecimal digits. */
  readonly contentMd5: string;
  readonly compression: CodecId;
}

/** The next bytes of an extent's object. */
export interface EncodedPiece {
  readonly extent: Extent;
  readonly bytes: Uint8Array;
  /** How many bytes of the volume they encode. */
  readonly plainLength: number;
  /** The buffer that `bytes` is a view of, if it is one. */
  readonly buffer: PooledBuffer | undefined;
  /** The hold on the budget for `bytes`, unless they are a view of a buffer. */
  readonly hold: Hold | undefined;
  /** The encoder that reclaims `bytes`, if they came from its `encode`. */
  readonly encoder: Pick<ObjectEncoder, "release"> | undefined;
  /** Present only on an object's last piece. */
  readonly end: ExtentEnd | undefined;
}
