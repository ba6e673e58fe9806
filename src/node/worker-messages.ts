/** What a pool and its threads say to each other. */
import type { TaskInput, TaskOutput } from "../ports.js";
import type { DigestEngineChoice } from "./digest-choice.js";

export interface WorkerSettings {
  readonly digestEngine: DigestEngineChoice;
}

export interface TaskRequest {
  readonly id: number;
  readonly task: string;
  readonly input: TaskInput;
}

export type TaskReply =
  | { readonly id: number; readonly output: TaskOutput }
  | { readonly id: number; readonly error: unknown };
