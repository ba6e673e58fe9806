/** What runs on a thread of a pool: answers each request, those that need not wait for anything in their order. */
import { parentPort, workerData } from "node:worker_threads";
import type { TaskOutput } from "../../ports.js";
import { freeBuffer } from "../codecs/free.js";
import type { TaskReply, TaskRequest, WorkerSettings } from "./messages.js";
import { type Task, tasksWith } from "./tasks.js";

const port = parentPort!;

// What comes before waits in the port. Without `await`, as in `bin.ts`.
void tasksWith(workerData as WorkerSettings).then((tasks) => {
  port.on("message", (request: TaskRequest) => work(tasks, request));
});

function work(tasks: ReadonlyMap<string, Task>, request: TaskRequest): void {
  let output: TaskOutput | Promise<TaskOutput>;
  try {
    output = tasks.get(request.task)!(request.input);
  } catch (error) {
    refuse(request, error);
    return;
  }
  if (output instanceof Promise) {
    output.then(
      (value) => answer(request, value),
      (error: unknown) => refuse(request, error),
    );
  } else {
    answer(request, output);
  }
}

function answer({ id, input }: TaskRequest, output: TaskOutput): void {
  freeCopies(input);
  const moved = output instanceof Uint8Array ? [output.buffer] : [];
  port.postMessage({ id, output } satisfies TaskReply, moved);
}

function refuse({ id, input }: TaskRequest, error: unknown): void {
  freeCopies(input);
  port.postMessage({ id, error } satisfies TaskReply);
}

/** Bytes that are in no shared memory were copied for this thread alone. */
function freeCopies(input: TaskRequest["input"]): void {
  for (const value of Object.values(input)) {
    if (value instanceof Uint8Array && !(value.buffer instanceof SharedArrayBuffer)) freeBuffer(value);
  }
}
