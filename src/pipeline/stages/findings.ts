/** Findings about the blocks of a volume, reported while a restore or a verification runs. */
import type { Range } from "../../chain/plan.js";
import type { IntegrityError } from "../../errors.js";

/** Bytes of the volume in which every block matches the digest table. */
export interface VerifiedBlocks extends Range {
  /** Index in the chain of the backup that holds them: 0 is the full backup. */
  readonly linkIndex: number;
  /** SHA-256 of each block, 32 bytes each: a view, valid during the call. */
  readonly digests: Uint8Array;
}

/** Stored data that differs from what was backed up. */
export interface Damage {
  readonly error: IntegrityError;
  /** The lost bytes of the volume; `undefined` if every block is good and only the object around them is damaged. */
  readonly range: Range | undefined;
  /** Index in the chain of the backup that should have them. */
  readonly linkIndex: number;
}

/** Callbacks for the findings of a restore or a verification. */
export interface FindingsOptions {
  /** Called for every verified range before it is written. */
  readonly onVerified?: ((blocks: VerifiedBlocks) => void) | undefined;
  /**
   * Called for all damage; if set, the run continues past it. Lost bytes are not written. A damaged manifest or digest
   * table still ends the run. @default {the first damage ends the run}
   */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
}
