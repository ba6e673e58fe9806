/** The tasks that a worker can be given, by name, and the compiled module that each shares with all workers. */
import { Bzip2Compressor } from "../kernels/bzip2-compressor.js";
import { compileBzip2 } from "../kernels/bzip2-module.js";
import type { TaskParameters } from "../ports.js";

/** Runs on the worker, one call at a time. */
export type Task = (input: Uint8Array, parameters: TaskParameters) => Uint8Array<ArrayBuffer>;

export interface TaskKind {
  /** On the main thread, once per pool. */
  compile(): Promise<WebAssembly.Module>;
  /** On each worker that is given such a task, once. */
  start(module: WebAssembly.Module): Task;
}

export type TaskKinds = ReadonlyMap<string, TaskKind>;

export const taskKinds: TaskKinds = new Map([
  [
    "bzip2-compress",
    {
      compile: compileBzip2,
      start(module: WebAssembly.Module): Task {
        const compressor = new Bzip2Compressor(module);
        return (input, { level = 9 }) => compressor.compress(input, level);
      },
    },
  ],
]);

export interface TaskRequest {
  readonly task: string;
  readonly input: Uint8Array<ArrayBuffer>;
  readonly parameters: TaskParameters;
  /** With the first request of this task to a worker. */
  readonly module: WebAssembly.Module | undefined;
}

export type TaskReply = { readonly output: Uint8Array<ArrayBuffer> } | { readonly error: unknown };
