/** What runs in a Web Worker: answers each request, those that need not wait for anything in their order. */
import type { TaskInput, TaskOutput } from "../ports.js";
import { isShared, type Returned, type TaskRequest, type WorkerReply } from "./messages.js";
import { loadTasks, type Task } from "./tasks.js";

/** The part of a worker's global scope that is used. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<TaskRequest>) => void) | null;
  postMessage(reply: WorkerReply, moved?: Transferable[]): void;
}

/**
 * Answers whoever started this worker. To be called at once, and not after something was awaited: what is said to a
 * worker that does not listen is lost.
 */
export function serveTasks(scope: WorkerScope = globalThis as unknown as WorkerScope): void {
  const tasks = loadTasks();
  scope.onmessage = ({ data }) => {
    // Before `tasks` has settled these wait in their order, and afterwards they are begun in it.
    tasks
      .then((ready) => begin(scope, ready.get(data.task)!, data))
      .catch((error: unknown) => refuse(scope, data, error));
  };
  tasks.then(
    () => scope.postMessage({ isReady: true }),
    (error: unknown) => {
      // Whoever started it sees that as the worker's end.
      setTimeout(() => {
        throw error;
      });
    },
  );
}

function begin(scope: WorkerScope, task: Task, request: TaskRequest): void | Promise<void> {
  const output = task(request.input);
  if (output instanceof Promise) return output.then((value) => answer(scope, request, value));
  answer(scope, request, output);
}

function answer(scope: WorkerScope, { id, input }: TaskRequest, output: TaskOutput): void {
  const returned = copiesIn(input);
  const moved = output instanceof Uint8Array ? [output.buffer] : [];
  scope.postMessage({ id, output, returned }, [...moved, ...buffersOf(returned)]);
}

function refuse(scope: WorkerScope, { id, input }: TaskRequest, error: unknown): void {
  const returned = copiesIn(input);
  scope.postMessage({ id, error, returned }, buffersOf(returned));
}

function copiesIn(input: TaskInput): Returned {
  const copies = Object.entries(input).filter(
    (entry): entry is [string, Uint8Array<ArrayBuffer>] =>
      entry[1] instanceof Uint8Array && !isShared(entry[1]),
  );
  return Object.fromEntries(copies);
}

function buffersOf(returned: Returned): ArrayBuffer[] {
  return Object.values(returned).map(({ buffer }) => buffer);
}
