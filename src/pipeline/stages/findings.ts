/** Findings of a restore or a verification about the blocks of a volume, reported while it runs. */
import type { Range } from "../../chain/plan.js";
import type { IntegrityError } from "../../errors.js";

/** Bytes of the volume whose every block has the digest that it must have. */
export interface VerifiedBlocks extends Range {
  /** The layer that they come from, an index into the chain: 0 is the full backup. */
  readonly layerIndex: number;
  /** SHA-256 of each block, 32 bytes each: a view, good during the call. */
  readonly digests: Uint8Array;
}

/** Something that is not what was stored. */
export interface Damage {
  readonly error: IntegrityError;
  /** What of the volume is lost with it; `undefined` where every block is good, and only an object's frame is not. */
  readonly range: Range | undefined;
}

/** Who is told what a restore or a verification finds. */
export interface FindingsOptions {
  /** Told of every range of blocks before it is written. */
  readonly onVerified?: ((blocks: VerifiedBlocks) => void) | undefined;
  /**
   * Told of everything that is not what was stored, where the run is to go on past it. What is lost is not written. A
   * damaged manifest or digest table ends the run all the same. @default {the first damage ends the run}
   */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
}
