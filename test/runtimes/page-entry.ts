/** The suite in a page, which the driver serves: on its own thread, or with workers when the address says so. */
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { workerRuntime } from "../../src/threads/worker-runtime.js";
import { serveDriver } from "./protocol.js";

const threads = new URLSearchParams(location.search).get("threads");

async function createRuntime(): Promise<Runtime> {
  if (threads === null) return await portableRuntime();
  // Else one way would be tested twice, and the other never.
  if (crossOriginIsolated !== (threads === "shared")) throw new Error(`isolated: ${crossOriginIsolated}`);
  return await workerRuntime({ createWorker: () => new Worker("/worker.js", { type: "module" }) });
}

await serveDriver(location.origin, createRuntime);
