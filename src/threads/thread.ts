/** One thread of a pool, from the pool's side. */
import { InvalidStateError, StorageError } from "../errors.js";
import { Copies } from "./copies.js";
import type { TaskReply, TaskRequest } from "./messages.js";
import type { TaskInput, TaskOutput, TaskRunner, TaskTable, TaskTraits, TraitsOf } from "./task-table.js";
import type { ThreadPort } from "./thread-port.js";

interface Waiting {
  readonly task: string;
  readonly traits: TaskTraits;
  readonly input: TaskInput;
  resolve(output: TaskOutput): void;
  reject(reason: unknown): void;
}

/** The reason why a thread takes no more tasks. */
type End = "closed" | { readonly reason: string; readonly cause: unknown };

export class Thread<T extends TaskTable<T>> implements TaskRunner<T> {
  /** Resolves when the thread can start tasks. @throws StorageError when it cannot be started */
  readonly ready: Promise<void>;
  readonly #port: ThreadPort;
  readonly #traits: TraitsOf<T>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #copies = new Copies();
  #onReady!: () => void;
  #onFailure!: (reason: unknown) => void;
  #nextId = 0;
  #longCount = 0;
  #end: End | undefined;

  constructor(port: ThreadPort, traits: TraitsOf<T>) {
    this.#port = port;
    this.#traits = traits;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailure = reject;
    });
    this.ready.catch(() => {});
    // Only the threads of this pool have the other end of the port.
    port.onMessage((message) => this.#settle(message as TaskReply));
    port.onEnd((reason, cause) => this.#close({ reason, cause }));
    // Last: a listener keeps Node's threads, and so the process, alive.
    port.keepAlive(false);
  }

  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /** Number of unanswered short tasks; `longCount` is the number of long ones. */
  get shortCount(): number {
    return this.#waiting.size - this.#longCount;
  }

  get longCount(): number {
    return this.#longCount;
  }

  run<Name extends keyof T & string>(task: Name, input: T[Name]["input"]): Promise<T[Name]["output"]> {
    const traits: TaskTraits = this.#traits[task];
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw errorOf(this.#end, `run task "${task}"`);
      const id = this.#nextId++;
      const given = this.#copies.handOver(input, traits.writes);
      this.#port.post({ id, task, input: given.input } satisfies TaskRequest, given.moved);
      // The thread's handler of the task has this type.
      const resolveWith = (output: TaskOutput) => resolve(output as T[Name]["output"]);
      this.#waiting.set(id, { task, traits, input, resolve: resolveWith, reject });
      if (traits.isLong) this.#longCount++;
      if (this.#waiting.size === 1) this.#port.keepAlive(true);
    });
  }

  /** Ends the thread; unfinished tasks reject. */
  async stop(): Promise<void> {
    this.#close("closed");
    await this.#port.stop();
  }

  #settle(reply: TaskReply): void {
    if ("isReady" in reply) {
      this.#onReady();
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (waiting.traits.isLong) this.#longCount--;
    if (this.#waiting.size === 0) this.#port.keepAlive(false);
    this.#copies.takeBack(reply.returned, waiting.input, waiting.traits.writes);
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.output);
  }

  #close(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onFailure(errorOf(end, "start a thread"));
    for (const { task, reject } of this.#waiting.values()) reject(errorOf(end, `complete task "${task}"`));
    this.#waiting.clear();
    this.#copies.clear();
    this.#longCount = 0;
  }
}

function errorOf(end: End, call: string): Error {
  if (end === "closed") return new InvalidStateError(`Cannot ${call}: the threads were closed`);
  const message = `Cannot ${call}: the thread ended: ${end.reason}`;
  return new StorageError(message, { call, status: "temporary", cause: end.cause });
}
