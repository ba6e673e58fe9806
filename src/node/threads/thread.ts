/** One of Node's worker threads as a thread of a pool. */
import { Worker } from "node:worker_threads";
import type { ThreadPort } from "../../threads/thread-port.js";
import type { ThreadSettings } from "./settings.js";
import { applyToNewThread } from "./young-generation.js";

/** A thread keeps little between tasks, but without limits its heap would grow to many times that. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

export function startThread(settings: ThreadSettings): ThreadPort {
  // Without the process's own options: a worker refuses to start with some, such as --input-type.
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: settings,
    resourceLimits: LIMITS,
    execArgv: [],
  });
  let failure: unknown;
  worker.once("online", applyToNewThread);
  return {
    post: (message, moved) => worker.postMessage(message, moved),
    onMessage: (listener) => void worker.on("message", listener),
    onEnd(listener) {
      // "exit" follows in every case.
      worker.on("error", (error) => {
        failure = error;
      });
      worker.on("exit", (code) => {
        const reason = failure instanceof Error ? `, ${failure}` : "";
        listener(`exit code ${code}${reason}`, failure);
      });
    },
    stop: async () => void (await worker.terminate()),
    keepAlive: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
  };
}
