/** What runs on a thread of `NodeWorkers`: answers each request, in turn. */
import { parentPort } from "node:worker_threads";
import { freeBuffer } from "./free.js";
import { type Task, type TaskReply, type TaskRequest, taskKinds } from "./worker-tasks.js";

const started = new Map<string, Task>();

function answer({ task: name, input, parameters, module }: TaskRequest): TaskReply {
  try {
    let task = started.get(name);
    if (task === undefined) {
      task = taskKinds.get(name)!.start(module!);
      started.set(name, task);
    }
    return { output: task(input, parameters) };
  } catch (error) {
    return { error };
  } finally {
    freeBuffer(input);
  }
}

parentPort!.on("message", (request: TaskRequest) => {
  const reply = answer(request);
  parentPort!.postMessage(reply, "output" in reply ? [reply.output.buffer] : []);
});

// Node 20 sends a request whose buffer is detached already, and this is where it shows.
parentPort!.on("messageerror", (error) => parentPort!.postMessage({ error } satisfies TaskReply));
