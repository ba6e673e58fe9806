/** What a run needs of its host, beside the web platform. `src/node/` has one for Node. */
import type { Codecs } from "../../codecs/codec.js";
import type { Hashes } from "../../ports.js";
import type { Compute, ComputeOptions } from "./compute.js";

/** What a host gives to runs: hashes, codecs, and what they compute with. `portableRuntime` makes one anywhere. */
export interface Runtime {
  readonly hashes: Hashes;
  readonly codecs: Codecs;
  /** What one run computes with; the run closes it. */
  compute(options: ComputeOptions): Promise<Compute>;
  /**
   * Begins what has to be there by the time that a run has windows, such as threads, and does not wait for it. Without
   * it there is nothing to begin.
   * @param workSize as `ComputeOptions` has it
   */
  start?(workSize: number): void;
  /** Ends what the host started for it, such as threads. Without it there is nothing to end. */
  close?(): Promise<void>;
}
