/**
 * Web Workers behind the port: one pool for digests and decoding.
 *
 * Memory that is shared is worked on in place. Bytes that are not, as in every page that is not cross-origin isolated,
 * are copied into a buffer that moves to the worker, and what it wrote is copied back.
 *
 * There is one worker more than cores, and it is never given a task that takes long: digests, which everything waits for,
 * then never wait behind a decoder. Workers start when there is work for them, or at `start`, and stay until `close`. When
 * one dies its tasks fail, and another takes its place.
 */
import { InvalidStateError, UsageError } from "../errors.js";
import type { TaskInput, TaskOutput, WorkerLane, Workers } from "../ports.js";
import { isLongTask, taskNames } from "./task-names.js";
import { WorkerThread } from "./worker-thread.js";

/** What a task that takes long counts for where others are windows of a MiB. */
const LONG_TASK_LOAD = 8;
/** Of a browser that does not tell how many cores there are. */
const DEFAULT_COUNT = 2;

/** How many workers there are, and how they are started. */
export interface WebWorkersOptions {
  /** How many tasks that take long run at once. @default {the number of cores that the host tells} */
  readonly count?: number | undefined;
  /** Starts a worker whose script calls `serveTasks`. @default {one with the script beside this module} */
  readonly createWorker?: (() => Worker) | undefined;
}

/** A pool of Web Workers for digests and decoding; `workerRuntime` makes one for its runs. */
export class WebWorkers implements Workers {
  readonly count: number;
  readonly #createWorker: () => Worker;
  /** By index; the first is the one for short tasks. */
  readonly #threads: (WorkerThread | undefined)[];
  #isClosed = false;

  /** @throws UsageError when `count` is no whole number above 0 */
  constructor({ count, createWorker = startWorker }: WebWorkersOptions = {}) {
    this.count = count ?? globalThis.navigator?.hardwareConcurrency ?? DEFAULT_COUNT;
    if (!Number.isInteger(this.count) || this.count < 1)
      throw new UsageError(`Cannot make a pool of ${count} workers: want a whole number above 0`);
    this.#createWorker = createWorker;
    this.#threads = new Array<WorkerThread | undefined>(this.count + 1).fill(undefined);
  }

  start(): void {
    for (let index = 0; index < this.#threads.length; index++) this.#threadAt(index);
  }

  /** Resolves when a first worker can begin tasks. @throws StorageError when workers cannot be started here */
  async ready(): Promise<void> {
    await this.#threadAt(0).ready;
  }

  async run(task: string, input: TaskInput): Promise<TaskOutput> {
    return await this.#threadFor(task).run(task, input);
  }

  laneFor(task: string): WorkerLane {
    return this.#threadFor(task);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const thread of this.#threads) thread?.stop();
  }

  #threadFor(task: string): WorkerThread {
    if (!taskNames.has(task))
      throw new UsageError(`Cannot run task "${task}": want one of ${[...taskNames].join(", ")}`);
    if (this.#isClosed) throw new InvalidStateError(`Cannot run task "${task}": the workers were closed`);
    let best = isLongTask(task) ? 1 : 0;
    for (let index = best + 1; index < this.#threads.length; index++) {
      if (this.#loadOf(index) < this.#loadOf(best)) best = index;
    }
    return this.#threadAt(best);
  }

  #loadOf(index: number): number {
    const thread = this.#threads[index];
    return thread === undefined ? 0 : thread.shortCount + thread.longCount * LONG_TASK_LOAD;
  }

  #threadAt(index: number): WorkerThread {
    let thread = this.#threads[index];
    if (thread?.isAlive) return thread;
    thread = new WorkerThread(this.#createWorker());
    this.#threads[index] = thread;
    return thread;
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}
