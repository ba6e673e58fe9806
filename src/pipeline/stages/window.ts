/** What moves between the stages of a backup. Who holds an item owns one lease on its buffer. */
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
}

export interface DigestedWindow extends Window {
  /** A view of `buffer.digests`: 32 bytes per block. */
  readonly digests: Uint8Array;
  readonly isZero: boolean;
}

/** A run of changed blocks inside one chunk, or a piece of one; it becomes one object. Compared by identity. */
export interface Extent {
  /** Byte offset in the volume. */
  readonly offset: number;
  /** Plain bytes of the whole extent, where they are known at its start. */
  readonly length?: number | undefined;
}

/** As much of an extent as lies in one window. The parts of an extent follow each other without a gap. */
export interface ExtentPart extends Window {
  readonly extent: Extent;
  readonly isZero: boolean;
}

/** What an object turned out to be, known at its end. */
export interface ExtentEnd {
  /** Plain bytes of the whole extent. */
  readonly length: number;
  /** MD5 of them, 32 hexadecimal digits. */
  readonly contentMd5: string;
  readonly compression: CodecId;
}

/** The next bytes of an extent's object. */
export interface EncodedPart {
  readonly extent: Extent;
  readonly bytes: Uint8Array;
  /** How many bytes of the volume these stand for. */
  readonly plainLength: number;
  /** Held when `bytes` is a view of it. */
  readonly buffer: PooledBuffer | undefined;
  /** What is held of the budget for `bytes` where they are no view of a buffer. */
  readonly hold: Hold | undefined;
  /** The encoder that takes `bytes` back where they came from `encode`. */
  readonly encoder: Pick<ObjectEncoder, "release"> | undefined;
  /** Present on an object's last part. */
  readonly end: ExtentEnd | undefined;
}
