import type { DigestEngineChoice } from "../../kernels/engine.js";
import type { EngineDecision } from "../../kernels/trial-engine.js";

/** What a thread is started with. */
export interface ThreadSettings {
  readonly digestEngine: DigestEngineChoice;
  /** In memory that all threads of a pool share. */
  readonly decision: EngineDecision;
}
