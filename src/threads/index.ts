/**
 * Web Workers for browsers, Deno and whoever else has them.
 *
 *     const runtime = await workerRuntime();
 *     await restore(chain, target, { runtime });
 *     await runtime.close?.();
 */
export { WebWorkers, type WebWorkersOptions } from "./pool.js";
export { serveTasks, type WorkerScope } from "./serve-tasks.js";
export { type WorkerRuntimeOptions, workerRuntime } from "./worker-runtime.js";
