/** Everything that one run found: what is kept as JSON, and what the page and the plots are made from. */
import type { Machine } from "../report/machine.js";
import type { Measurements } from "./rounds.js";
import type { Tools } from "./tools.js";

export interface PeersReport {
  /** That made it. */
  readonly command: string;
  readonly isQuick: boolean;
  readonly ashlar: string;
  readonly machine: Machine;
  readonly tools: Tools;
  readonly hasNativeZstd: boolean;
  /** Whether CPU time and memory were measured. */
  readonly isWhole: boolean;
  readonly image: { readonly size: number; readonly description: string };
  /** Bytes of the volumes with zeros. */
  readonly zerosSize: number;
  /** Most rounds of a group. */
  readonly rounds: number;
  readonly measurements: Measurements;
  readonly stages: readonly StageRun[];
}

/** One run with its time by stage. */
export interface StageRun {
  readonly operation: string;
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  /** Seconds at work, waiting for what comes before, and waiting for what comes after. */
  readonly busy: number;
  readonly waitedForInput: number;
  readonly waitedForOutput: number;
  /** Bytes that it has handled. */
  readonly bytes: number;
}
