/**
 * One pool of threads for all work on bytes: digests, MD5s, and codecs in both directions.
 *
 * There is one thread more than cores, reserved for short tasks: digests, which all stages wait for, then never wait
 * behind the compression of a whole object. Tasks go to the thread with the lowest load. `start` starts one thread per
 * core; the last thread costs 50 ms of processor time, and starts when the others are busy. Threads stay until `close`.
 * If one dies, its tasks fail, and another replaces it.
 */
import { InvalidStateError, UsageError } from "../errors.js";
import type { CommonTasks, TaskRunner, TaskTable, TaskTraits, TraitsOf } from "./task-table.js";
import { Thread } from "./thread.js";
import type { ThreadPort } from "./thread-port.js";

/** The load of a long task; that of other tasks, on windows of a MiB, is 1. */
const LONG_TASK_LOAD = 8;
/** The load of the other threads at which starting one more is worthwhile. */
const START_LOAD = 4;

export interface PoolOptions<T extends TaskTable<T>> {
  /** How many long tasks run at once. */
  readonly count: number;
  readonly traits: TraitsOf<T>;
  readonly startThread: () => ThreadPort;
}

export class ThreadPool<T extends TaskTable<T> = CommonTasks> implements TaskRunner<T> {
  readonly count: number;
  readonly #traits: TraitsOf<T>;
  readonly #startThread: () => ThreadPort;
  /** By index; the first takes only short tasks. */
  readonly #threads: (Thread<T> | undefined)[];
  #isClosed = false;

  /** @throws UsageError when `count` is not a whole number above 0 */
  constructor({ count, traits, startThread }: PoolOptions<T>) {
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(`Cannot make a pool of ${count} threads: want a whole number above 0`);
    this.count = count;
    this.#traits = traits;
    this.#startThread = startThread;
    this.#threads = new Array<Thread<T> | undefined>(count + 1).fill(undefined);
  }

  /** Whether any thread runs, so that work for the pool need not start one. */
  get hasStarted(): boolean {
    return this.#threads.some((thread) => thread?.isAlive === true);
  }

  /** Starts the threads in advance, so that they are ready when there is work. */
  start(): void {
    for (let index = 0; index < this.count; index++) this.#threadAt(index);
  }

  /** Resolves when a first thread can start tasks. @throws StorageError when threads cannot be started */
  async ready(): Promise<void> {
    await this.#threadAt(0).ready;
  }

  /** Runs a task on the thread with the lowest load. */
  async run<Name extends keyof T & string>(task: Name, input: T[Name]["input"]): Promise<T[Name]["output"]> {
    return await this.#threadFor(task).run(task, input);
  }

  /** The thread with the lowest load now, for tasks that depend on each other. @param task the longest of them */
  threadFor(task: keyof T & string): TaskRunner<T> {
    return this.#threadFor(task);
  }

  /** Ends all threads. Unfinished tasks reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread?.stop()));
  }

  #threadFor(task: keyof T & string): Thread<T> {
    if (this.#isClosed) throw new InvalidStateError(`Cannot run task "${task}": the threads were closed`);
    const { isLong }: TaskTraits = this.#traits[task];
    let best = isLong ? 1 : 0;
    for (let index = best + 1; index < this.#threads.length; index++) {
      if (this.#loadOf(index) < this.#loadOf(best)) best = index;
    }
    return this.#threadAt(best);
  }

  #loadOf(index: number): number {
    const thread = this.#threads[index];
    return thread === undefined ? START_LOAD : thread.shortCount + thread.longCount * LONG_TASK_LOAD;
  }

  #threadAt(index: number): Thread<T> {
    let thread = this.#threads[index];
    if (thread?.isAlive) return thread;
    thread = new Thread(this.#startThread(), this.#traits);
    this.#threads[index] = thread;
    return thread;
  }
}
