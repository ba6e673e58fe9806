/** Items that move between the stages of a restore. The holder of an item owns one lease on its buffer. */
import type { PlannedObject } from "../../chain/plan.js";
import type { IntegrityError } from "../../errors.js";
import type { PooledBuffer } from "../memory/pool.js";

/** The next stored bytes of a planned object. */
export interface LoadedPiece {
  readonly planned: PlannedObject;
  /** A view of `buffer.bytes`, as full as the object allows. */
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
  readonly isLast: boolean;
}

/** The next plain bytes of a planned object, not verified yet: whole blocks, except at the volume's end. */
export interface PlainPiece {
  readonly planned: PlannedObject;
  /** Byte offset in the volume. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
  readonly isLast: boolean;
  /** Whether the bytes are zeros that were put there instead of the object's. */
  readonly isZero?: boolean;
  /** Why the object ends with this piece, which has no bytes. Only in runs that continue past damage. */
  readonly failure?: IntegrityError;
}

/** Bytes of the volume in which every block matches the digest table. */
export interface VerifiedRange {
  /** The object that they come from. */
  readonly planned: PlannedObject;
  /** Byte offset in the volume. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isZero: boolean;
  readonly buffer: PooledBuffer;
}
