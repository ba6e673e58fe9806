import type { MemoryPlan } from "../memory/plan.js";

/** The result of a restore or a verification. */
export interface RestoreResult {
  /** Bytes of the volume, all of them verified except for damage that `onDamage` took. */
  readonly volumeSize: number;
  readonly memory: MemoryPlan;
  /** The largest number of buffers in use at once in either of the plan's two pools. */
  readonly buffersInUseMax: number;
  /** Peak of the bytes held that the plan accounts for; never more than its `accounted`. */
  readonly accountedPeak: number;
}
