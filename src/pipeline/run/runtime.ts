/** Services that a run needs from its host beyond the web platform. `src/node/` implements them for Node. */
import type { Codecs } from "../../codecs/codec.js";
import type { Hashes } from "../../ports.js";
import type { Compute, ComputeOptions } from "./compute.js";

/** Hashes, codecs and computation that a host provides to runs. `portableRuntime` makes one for any host. */
export interface Runtime {
  readonly hashes: Hashes;
  readonly codecs: Codecs;
  /** Makes the `Compute` of one run; the run closes it. */
  compute(options: ComputeOptions): Promise<Compute>;
  /**
   * Starts, without waiting, what a run needs by the time it has windows, such as threads. Absent if there is nothing
   * to start.
   * @param workSize see `ComputeOptions`
   */
  start?(workSize: number): void;
  /** Ends what the host started for it, such as threads. Absent if there is nothing to end. */
  close?(): Promise<void>;
}
