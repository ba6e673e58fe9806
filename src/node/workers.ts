/**
 * Node's worker threads behind the port: one a core, started when there is work for it, and kept. An idle worker does
 * not keep the process alive, one at work does. A worker that dies fails its own task only; another takes its place.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InvalidStateError, StorageError, UsageError } from "../errors.js";
import type { TaskParameters, Workers } from "../ports.js";
import { type TaskReply, type TaskRequest, taskKinds } from "./worker-tasks.js";

/** A thread keeps one task's bytes, which do not count; without limits its heap would grow to many times its need. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

interface Job {
  readonly task: string;
  readonly input: Uint8Array<ArrayBuffer>;
  readonly parameters: TaskParameters;
  readonly module: WebAssembly.Module;
  readonly resolve: (output: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (reason: unknown) => void;
}

export interface NodeWorkersOptions {
  /** @default {the number of cores that this process may use} */
  readonly count?: number;
}

export class NodeWorkers implements Workers {
  readonly count: number;
  readonly #threads = new Set<Thread>();
  readonly #modules = new Map<string, Promise<WebAssembly.Module>>();
  #queue: Job[] = [];
  #isClosed = false;

  /** @throws UsageError when `count` is no whole number above 0 */
  constructor({ count = availableParallelism() }: NodeWorkersOptions = {}) {
    if (!Number.isInteger(count) || count < 1) {
      throw new UsageError(`Cannot make a pool of ${count} workers: want a whole number above 0`);
    }
    this.count = count;
  }

  async run(
    task: string,
    input: Uint8Array<ArrayBuffer>,
    parameters: TaskParameters = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const module = await this.#compile(task);
    if (this.#isClosed) throw closedError(task);
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, input, parameters, module, resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.reject(closedError(job.task));
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  #compile(task: string): Promise<WebAssembly.Module> {
    let module = this.#modules.get(task);
    if (module === undefined) {
      const kind = taskKinds.get(task);
      if (kind === undefined) {
        throw new UsageError(`Cannot run task "${task}": want one of ${[...taskKinds.keys()].join(", ")}`);
      }
      module = kind.compile();
      this.#modules.set(task, module);
    }
    return module;
  }

  /** Gives queued jobs to idle threads, new ones if there are too few. */
  #assign(): void {
    while (this.#queue.length > 0) {
      const thread = this.#idleThread();
      if (thread === undefined) return;
      thread.start(this.#queue.shift()!);
    }
  }

  #idleThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.isIdle) return thread;
    if (this.#threads.size === this.count) return undefined;
    const thread = new Thread({
      onIdle: () => this.#assign(),
      onExit: () => {
        this.#threads.delete(thread);
        this.#assign();
      },
    });
    this.#threads.add(thread);
    return thread;
  }
}

interface ThreadEvents {
  readonly onIdle: () => void;
  readonly onExit: () => void;
}

/** One worker and the job that it is at. */
class Thread {
  readonly #worker: Worker;
  readonly #knownTasks = new Set<string>();
  #job: Job | undefined;
  #failure: unknown;
  #isStopping = false;

  constructor({ onIdle, onExit }: ThreadEvents) {
    // Without the process's own options, some of which a worker refuses to start with, such as --input-type.
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), {
      resourceLimits: LIMITS,
      execArgv: [],
    });
    this.#worker.on("message", (reply: TaskReply) => {
      this.#end((job) => ("output" in reply ? job.resolve(reply.output) : job.reject(reply.error)));
      onIdle();
    });
    // "exit" follows in every case, and ends the job.
    this.#worker.on("error", (error) => {
      this.#failure = error;
    });
    this.#worker.on("exit", (code) => {
      this.#end((job) =>
        job.reject(this.#isStopping ? closedError(job.task) : deathError(job.task, code, this.#failure)),
      );
      onExit();
    });
    this.#worker.unref();
  }

  get isIdle(): boolean {
    return this.#job === undefined && !this.#isStopping;
  }

  start(job: Job): void {
    const { task, input, parameters } = job;
    const module = this.#knownTasks.has(task) ? undefined : job.module;
    const request: TaskRequest = { task, input, parameters, module };
    this.#job = job;
    this.#worker.ref();
    try {
      this.#worker.postMessage(request, [input.buffer]);
      this.#knownTasks.add(task);
    } catch (error) {
      // A buffer that cannot be moved; the worker has not heard of it.
      this.#end(() => job.reject(error));
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#worker.terminate();
  }

  #end(settle: (job: Job) => void): void {
    const job = this.#job;
    if (job === undefined) return;
    this.#job = undefined;
    this.#worker.unref();
    settle(job);
  }
}

function closedError(task: string): InvalidStateError {
  return new InvalidStateError(`Cannot run task "${task}": the workers were closed`);
}

function deathError(task: string, code: number, cause: unknown): StorageError {
  const message = `Cannot complete task "${task}": its worker ended with code ${code}`;
  return new StorageError(message, { operation: task, status: "temporary", cause });
}

let shared: NodeWorkers | undefined;

/** The pool of this process, made at the first call. */
export function nodeWorkers(): Workers {
  shared ??= new NodeWorkers();
  return shared;
}
