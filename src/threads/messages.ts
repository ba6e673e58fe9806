/** The messages between a pool and its threads. */
import type { TaskField, TaskInput, TaskOutput } from "./task-table.js";

export interface TaskRequest {
  readonly id: number;
  readonly task: string;
  readonly input: TaskInput;
}

/** Copies made for the thread that are sent back, by field. */
export type Returned = Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>>;

export type TaskReply =
  /** Sent once, when the thread can start tasks. */
  | { readonly isReady: true }
  | { readonly id: number; readonly output: TaskOutput; readonly returned: Returned }
  | { readonly id: number; readonly error: unknown; readonly returned: Returned };

/** Whether the bytes are shared between threads. A page that cannot share memory does not even have the constructor. */
export function isShared(bytes: Uint8Array): boolean {
  return typeof SharedArrayBuffer === "function" && bytes.buffer instanceof SharedArrayBuffer;
}

/** The bytes of a field: none, one view, or several. */
export function bytesIn(field: TaskField): readonly Uint8Array[] {
  if (field instanceof Uint8Array) return [field];
  return Array.isArray(field) ? field.filter((item) => item instanceof Uint8Array) : [];
}
