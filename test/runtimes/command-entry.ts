/**
 * The suite as a command, for Node, Deno and Bun: its first argument is the driver's URL, its second whether to work on
 * Web Workers, and whether those share memory: `shared` or `copied`.
 */
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import { workerRuntime } from "../../src/threads/worker-runtime.js";
import { serveDriver } from "./protocol.js";

const [url, threads] = process.argv.slice(2);
await serveDriver(url!, () =>
  threads === undefined ? portableRuntime() : workerRuntime({ shared: threads === "shared" }),
);
