/**
 * A runtime on Web Workers, for pages, Deno and Bun.
 *
 *     const runtime = await workerRuntime();
 *     await restoreBackup(chain, target, { runtime });
 *     await runtime.close?.();
 */
export { serveTasks, type WorkerScope } from "./web-thread.js";
export { type WorkerRuntimeOptions, workerRuntime } from "./worker-runtime.js";
