/**
 * Node's worker threads behind the port: one pool for whatever is computed on bytes.
 *
 * The first thread is never given a task that takes long, so that digests, which everything waits for, never wait behind
 * the compression of a whole object; there is one thread more than cores for it. Tasks go to the thread with the least to
 * do. At `start` there is one for each core: the last one costs 50 ms of processor time, and begins when the others have
 * their hands full. Threads stay. Idle ones do not keep the process alive. When one
 * dies its tasks fail, and another takes its place.
 */
import { availableParallelism } from "node:os";
import { InvalidStateError, UsageError } from "../../errors.js";
import type { DigestEngineChoice } from "../../kernels/engine.js";
import type { TaskInput, TaskOutput, WorkerLane, Workers } from "../../ports.js";
import { undecided } from "../digests/choice.js";
import type { WorkerSettings } from "./messages.js";
import { PoolThread } from "./pool-thread.js";
import { isLongTask, taskNames } from "./task-names.js";

/** What a task that takes long counts for where others are windows of a MiB. */
const LONG_TASK_LOAD = 8;
/** What the others may have to do before a thread more is worth its start. */
const START_LOAD = 4;

export interface WorkerPoolOptions {
  /** How many tasks that take long run at once. @default {the number of cores that this process may use} */
  readonly count?: number;
  /** @default {"auto"} */
  readonly digestEngine?: DigestEngineChoice;
}

export class WorkerPool implements Workers {
  readonly count: number;
  readonly #settings: WorkerSettings;
  /** By index; the first is the one for short tasks. */
  readonly #threads: (PoolThread | undefined)[];
  #isClosed = false;

  /** @throws UsageError when `count` is no whole number above 0 */
  constructor({ count = availableParallelism(), digestEngine = "auto" }: WorkerPoolOptions = {}) {
    if (!Number.isInteger(count) || count < 1) {
      throw new UsageError(`Cannot make a pool of ${count} workers: want a whole number above 0`);
    }
    this.count = count;
    this.#settings = { digestEngine, decision: undecided() };
    this.#threads = new Array<PoolThread | undefined>(count + 1).fill(undefined);
  }

  /** Whether any thread runs, so that work for them starts none. */
  get hasStarted(): boolean {
    return this.#threads.some((thread) => thread?.isAlive === true);
  }

  start(): void {
    for (let index = 0; index < this.count; index++) this.#threadAt(index);
  }

  async run(task: string, input: TaskInput): Promise<TaskOutput> {
    return await this.#threadFor(task).run(task, input);
  }

  laneFor(task: string): WorkerLane {
    return this.#threadFor(task);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread?.stop()));
  }

  #threadFor(task: string): PoolThread {
    if (!taskNames.has(task)) {
      throw new UsageError(`Cannot run task "${task}": want one of ${[...taskNames].join(", ")}`);
    }
    if (this.#isClosed) throw new InvalidStateError(`Cannot run task "${task}": the workers were closed`);
    let best = isLongTask(task) ? 1 : 0;
    for (let index = best + 1; index < this.#threads.length; index++) {
      if (this.#loadOf(index) < this.#loadOf(best)) best = index;
    }
    return this.#threadAt(best);
  }

  #loadOf(index: number): number {
    const thread = this.#threads[index];
    return thread === undefined ? START_LOAD : thread.shortCount + thread.longCount * LONG_TASK_LOAD;
  }

  #threadAt(index: number): PoolThread {
    let thread = this.#threads[index];
    if (thread?.isAlive) return thread;
    thread = new PoolThread(this.#settings);
    this.#threads[index] = thread;
    return thread;
  }
}
