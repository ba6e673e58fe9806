/** What a pool and its Web Workers say to each other. */
import type { TaskInput, TaskOutput } from "../ports.js";

export interface TaskRequest {
  readonly id: number;
  readonly task: string;
  readonly input: TaskInput;
}

/** Bytes that were copied for the worker, which gives them back: written where the task writes them. */
export type Returned = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

export type WorkerReply =
  /** Once, when tasks can be begun. */
  | { readonly isReady: true }
  | { readonly id: number; readonly output: TaskOutput; readonly returned: Returned }
  | { readonly id: number; readonly error: unknown; readonly returned: Returned };

/** Whether other threads see the bytes; where memory cannot be shared, the page does not even have the word. */
export function isShared(bytes: Uint8Array): boolean {
  return typeof SharedArrayBuffer === "function" && bytes.buffer instanceof SharedArrayBuffer;
}
