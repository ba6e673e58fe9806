/** What the page computes with: workers, so that it stays alive, and all cores work. */
import { portableRuntime, type Runtime } from "../../src/index.js";
import { workerRuntime } from "../../src/threads/index.js";

export async function openRuntime(): Promise<Runtime> {
  try {
    return await workerRuntime({ createWorker: () => new Worker("worker.js", { type: "module" }) });
  } catch (error) {
    // A page that is slow while it verifies is better than one that cannot.
    console.warn("Working without workers:", error);
    return await portableRuntime();
  }
}
