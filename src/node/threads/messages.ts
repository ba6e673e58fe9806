/** What a pool and its threads say to each other. */

import type { DigestEngineChoice } from "../../kernels/engine.js";
import type { EngineDecision } from "../../kernels/trial-engine.js";
import type { TaskInput, TaskOutput } from "../../ports.js";

export interface WorkerSettings {
  readonly digestEngine: DigestEngineChoice;
  /** In memory that all threads share. */
  readonly decision: EngineDecision;
}

export interface TaskRequest {
  readonly id: number;
  readonly task: string;
  readonly input: TaskInput;
}

export type TaskReply =
  | { readonly id: number; readonly output: TaskOutput }
  | { readonly id: number; readonly error: unknown };
