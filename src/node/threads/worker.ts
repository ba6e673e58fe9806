/** The script of one of Node's worker threads. */
import { parentPort, workerData } from "node:worker_threads";
import { serve } from "../../threads/serve-tasks.js";
import { freeBuffer } from "../codecs/free.js";
import type { ThreadSettings } from "./settings.js";
import { loadTasks, nodeTraits } from "./tasks.js";

const port = parentPort!;

serve({
  port: {
    post: (reply, moved) => port.postMessage(reply, moved),
    onRequest: (listener) => void port.on("message", listener),
  },
  traits: nodeTraits,
  handlers: loadTasks(workerData as ThreadSettings),
  free: freeBuffer,
});
