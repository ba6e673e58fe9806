/** Web Workers as threads of a pool, from both sides. */
import type { TaskReply, TaskRequest } from "./messages.js";
import { serve } from "./serve-tasks.js";
import { commonTraits } from "./task-table.js";
import { loadTasks } from "./tasks.js";
import type { ThreadPort } from "./thread-port.js";

export function webThread(worker: Worker): ThreadPort {
  return {
    post: (message, moved) => worker.postMessage(message, [...moved]),
    onMessage(listener) {
      worker.onmessage = ({ data }) => listener(data);
    },
    onEnd(listener) {
      const end = (reason: string): void => {
        worker.terminate();
        listener(reason);
      };
      worker.onmessageerror = () => end("one of its messages cannot be read");
      worker.onerror = (event) => {
        event.preventDefault();
        // For a script that cannot be loaded there is no message.
        end(event.message || "its script cannot be loaded");
      };
    },
    stop: async () => worker.terminate(),
    // The user decides how long a page lives.
    keepAlive: () => {},
  };
}

/** The used part of a worker's global scope. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<TaskRequest>) => void) | null;
  postMessage(reply: TaskReply, moved?: Transferable[]): void;
}

/** Answers the page that started this worker. Call it at once, before anything is awaited. */
export function serveTasks(scope: WorkerScope = globalThis as unknown as WorkerScope): void {
  serve({
    port: {
      post: (reply, moved) => scope.postMessage(reply, moved),
      onRequest(listener) {
        scope.onmessage = ({ data }) => listener(data);
      },
    },
    traits: commonTraits,
    handlers: loadTasks(),
  });
}
