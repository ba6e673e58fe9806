/**
 * The tasks of a thread, by name. Each is called with its input and answers, at once or later.
 *
 * Digests and MD5s every thread has from its start. What codecs need is loaded with the first task of theirs, after which
 * their tasks still begin in the order of the calls.
 */
import type { TaskInput, TaskOutput } from "../../ports.js";
import { digestTasks, laneTasks } from "./digests.js";
import type { WorkerSettings } from "./messages.js";
import { taskNames } from "./task-names.js";

/** Names of its input as `TaskInput` has them; whoever asks knows which. */
export type Task = (input: TaskInput) => TaskOutput | Promise<TaskOutput>;

export async function tasksWith(settings: WorkerSettings): Promise<ReadonlyMap<string, Task>> {
  const tasks = new Map(Object.entries({ ...(await digestTasks(settings)), ...laneTasks() }));
  let codecTasks: Promise<Readonly<Record<string, Task>>> | undefined;
  for (const name of taskNames) {
    if (tasks.has(name)) continue;
    tasks.set(name, async (input) => {
      codecTasks ??= loadCodecTasks();
      return await (await codecTasks)[name]!(input);
    });
  }
  return tasks;
}

async function loadCodecTasks(): Promise<Readonly<Record<string, Task>>> {
  const [{ encodingTasks }, { decodingTasks }] = await Promise.all([
    import("./encoding.js"),
    import("./decoding.js"),
  ]);
  return { ...encodingTasks(), ...decodingTasks() };
}
