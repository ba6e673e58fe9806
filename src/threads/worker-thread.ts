/** One Web Worker of a pool, from this side. */
import { InvalidStateError, StorageError } from "../errors.js";
import type { TaskInput, TaskOutput, WorkerLane } from "../ports.js";
import { isShared, type Returned, type TaskRequest, type WorkerReply } from "./messages.js";
import { isLongTask, writtenBy } from "./task-names.js";

/** Copies that came back and are kept for the next, by length: a fresh buffer costs ten times what filling it does. */
const SPARES_MAX = 4;

interface Waiting {
  readonly task: string;
  readonly input: TaskInput;
  resolve(output: TaskOutput): void;
  reject(reason: unknown): void;
}

export class WorkerThread implements WorkerLane {
  /** Resolves when the worker can begin tasks. @throws StorageError when it cannot be started */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #spares = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #onReady!: () => void;
  #onFailure!: (reason: unknown) => void;
  #nextId = 0;
  #longCount = 0;
  #end: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailure = reject;
    });
    this.ready.catch(() => {});
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
      if ("isReady" in data) this.#onReady();
      else this.#settle(data);
    };
    worker.onmessageerror = () => this.#fail("what it said cannot be read");
    worker.onerror = (event) => {
      event.preventDefault();
      // A script that cannot be loaded has no message.
      this.#fail(event.message || "its script cannot be loaded");
    };
  }

  get isAlive(): boolean {
    return this.#end === undefined;
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
      if (this.#end !== undefined) throw this.#end;
      const id = this.#nextId++;
      const { given, moved } = this.#handOver(task, input);
      this.#worker.postMessage({ id, task, input: given } satisfies TaskRequest, moved);
      this.#waiting.set(id, { task, input, resolve, reject });
      if (isLongTask(task)) this.#longCount++;
    });
  }

  stop(): void {
    this.#close(new InvalidStateError("Cannot run task: the workers were closed"));
  }

  #settle(reply: Exclude<WorkerReply, { isReady: true }>): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (isLongTask(waiting.task)) this.#longCount--;
    this.#takeBack(waiting, reply.returned);
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.output);
  }

  #fail(reason: string): void {
    const message = `Cannot go on with a worker: ${reason}`;
    this.#close(new StorageError(message, { operation: "run a worker", status: "temporary" }));
  }

  #close(end: Error): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#worker.terminate();
    this.#onFailure(end);
    for (const { reject } of this.#waiting.values()) reject(end);
    this.#waiting.clear();
    this.#spares.clear();
    this.#longCount = 0;
  }

  /** The input with copies in the place of bytes that are in nobody's shared memory. */
  #handOver(task: string, input: TaskInput): { given: TaskInput; moved: ArrayBuffer[] } {
    const moved: ArrayBuffer[] = [];
    const given = Object.fromEntries(
      Object.entries(input).map(([name, value]) => {
        if (!(value instanceof Uint8Array) || isShared(value)) return [name, value];
        const copy = this.#spares.get(value.length)?.pop() ?? new Uint8Array(value.length);
        if (name !== writtenBy(task)) copy.set(value);
        moved.push(copy.buffer);
        return [name, copy];
      }),
    );
    return { given, moved };
  }

  #takeBack({ task, input }: Waiting, returned: Returned): void {
    for (const [name, copy] of Object.entries(returned)) {
      if (name === writtenBy(task)) (input[name] as Uint8Array).set(copy);
      const spares = this.#spares.get(copy.length) ?? [];
      if (spares.length >= SPARES_MAX) continue;
      // Lengths other than a window's are seldom, and not worth keeping for.
      if (spares.length === 0 && this.#spares.size >= SPARES_MAX) this.#spares.clear();
      spares.push(copy);
      this.#spares.set(copy.length, spares);
    }
  }
}
