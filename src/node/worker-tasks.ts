/** The tasks of a thread, by name. Each is called with its input and answers, at once or later. */
import type { TaskInput, TaskOutput } from "../ports.js";
import { decodingTasks } from "./worker-decoding.js";
import { digestTasks, laneTasks } from "./worker-digests.js";
import { encodingTasks } from "./worker-encoding.js";
import type { WorkerSettings } from "./worker-messages.js";

/** Names of its input as `TaskInput` has them; whoever asks knows which. */
export type Task = (input: TaskInput) => TaskOutput | Promise<TaskOutput>;

export async function tasksWith(settings: WorkerSettings): Promise<ReadonlyMap<string, Task>> {
  return new Map([
    ...Object.entries(await digestTasks(settings)),
    ...Object.entries(laneTasks()),
    ...Object.entries(encodingTasks()),
    ...Object.entries(decodingTasks()),
  ]);
}
