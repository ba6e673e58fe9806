/** One thread of a pool, from this side. */
import { Worker } from "node:worker_threads";
import { InvalidStateError, StorageError } from "../../errors.js";
import type { TaskInput, TaskOutput, WorkerLane } from "../../ports.js";
import type { TaskReply, TaskRequest, WorkerSettings } from "./messages.js";
import { isLongTask } from "./task-names.js";
import { applyToNewThread } from "./young-generation.js";

/** A thread keeps little between tasks; without limits its heap would grow to many times of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

interface Waiting {
  readonly task: string;
  resolve(output: TaskOutput): void;
  reject(reason: unknown): void;
}

export class PoolThread implements WorkerLane {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #longCount = 0;
  #isStopping = false;
  #failure: unknown;
  /** Set once the thread has ended. */
  #exitCode: number | undefined;

  constructor(settings: WorkerSettings) {
    // Without the process's own options, some of which a worker refuses to start with, such as --input-type.
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: settings,
      resourceLimits: LIMITS,
      execArgv: [],
    });
    this.#worker.once("online", applyToNewThread);
    this.#worker.on("message", (reply: TaskReply) => this.#settle(reply));
    // "exit" follows in every case, and ends the tasks.
    this.#worker.on("error", (error) => {
      this.#failure = error;
    });
    this.#worker.on("exit", (code) => this.#end(code));
    this.#worker.unref();
  }

  get isAlive(): boolean {
    return this.#exitCode === undefined;
  }

  /** Tasks that it has not answered, of which `longCount` more take long. */
  get shortCount(): number {
    return this.#waiting.size - this.#longCount;
  }

  get longCount(): number {
    return this.#longCount;
  }

  run(task: string, input: TaskInput): Promise<TaskOutput> {
    return new Promise((resolve, reject) => {
      if (!this.isAlive || this.#isStopping) throw this.#deathOf(task);
      const id = this.#nextId++;
      const { given, moved } = handOver(input);
      this.#worker.postMessage({ id, task, input: given } satisfies TaskRequest, moved);
      this.#waiting.set(id, { task, resolve, reject });
      if (isLongTask(task)) this.#longCount++;
      if (this.#waiting.size === 1) this.#worker.ref();
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#worker.terminate();
  }

  #settle(reply: TaskReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (isLongTask(waiting.task)) this.#longCount--;
    // Whoever stops it waits for its end, which an answer that comes meanwhile must not cut short.
    if (this.#waiting.size === 0 && !this.#isStopping) this.#worker.unref();
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.output);
  }

  #end(code: number): void {
    this.#exitCode = code;
    for (const { task, reject } of this.#waiting.values()) reject(this.#deathOf(task));
    this.#waiting.clear();
    this.#longCount = 0;
  }

  #deathOf(task: string): Error {
    if (this.#isStopping) return new InvalidStateError(`Cannot run task "${task}": the workers were closed`);
    const reason = this.#failure instanceof Error ? `: ${this.#failure}` : "";
    const message = `Cannot complete task "${task}": its worker ended with code ${this.#exitCode}${reason}`;
    return new StorageError(message, { operation: task, status: "temporary", cause: this.#failure });
  }
}

/** The input with a copy of its bytes, as small as can be, in place of those that are in nobody's shared memory. */
function handOver(input: TaskInput): { given: TaskInput; moved: ArrayBuffer[] } {
  const moved: ArrayBuffer[] = [];
  const given = Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      if (!(value instanceof Uint8Array) || value.buffer instanceof SharedArrayBuffer) return [name, value];
      const copy = new Uint8Array(value);
      moved.push(copy.buffer);
      return [name, copy];
    }),
  );
  return { given, moved };
}
