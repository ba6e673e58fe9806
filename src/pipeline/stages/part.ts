/** What moves between the stages of a restore. Who holds an item owns one lease on its buffer. */
import type { PlannedObject } from "../../chain/plan.js";
import type { IntegrityError } from "../../errors.js";
import type { PooledBuffer } from "../memory/pool.js";

/** The next stored bytes of a planned object. */
export interface LoadedPart {
  readonly planned: PlannedObject;
  /** A view of `buffer.bytes`, as full as the object allows. */
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
  readonly isLast: boolean;
}

/** The next plain bytes of a planned object: whole blocks but at the volume's end, not verified yet. */
export interface PlainPart {
  readonly planned: PlannedObject;
  /** Byte offset in the volume. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
  readonly isLast: boolean;
  /** Why the object has no more parts than this last one, which has no bytes: only where a run goes on past damage. */
  readonly failure?: IntegrityError;
}

/** Bytes of the volume whose every block has the digest that it must have. */
export interface VerifiedRange {
  /** Of which it is. */
  readonly planned: PlannedObject;
  /** Byte offset in the volume. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isZero: boolean;
  readonly buffer: PooledBuffer;
}
