/**
 * Web Workers, for pages, Deno and Bun.
 *
 *     const runtime = await workerRuntime();
 *     await restore(chain, target, { runtime });
 *     await runtime.close?.();
 */
export { serveTasks, type WorkerScope } from "./web-thread.js";
export { type WorkerRuntimeOptions, workerRuntime } from "./worker-runtime.js";
