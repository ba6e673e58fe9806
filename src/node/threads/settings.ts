import type { DigestEngineChoice } from "../../kernels/engine.js";
import type { EngineDecision } from "../../kernels/trial-engine.js";

/** Start parameters of a thread. */
export interface ThreadSettings {
  readonly digestEngine: DigestEngineChoice;
  /** In memory that all threads of a pool share. */
  readonly decision: EngineDecision;
}
