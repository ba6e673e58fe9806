/** The server on a thread of a pool: answers each request; requests that are handled synchronously in their order. */
import { bytesIn, isShared, type Returned, type TaskReply, type TaskRequest } from "./messages.js";
import type { HandlersOf, TaskInput, TaskOutput, TaskTable, TaskTraits, TraitsOf } from "./task-table.js";

/** The thread's side of its port. */
export interface ServedPort {
  post(reply: TaskReply, moved: ArrayBuffer[]): void;
  onRequest(listener: (request: TaskRequest) => void): void;
}

export interface ServeOptions<T extends TaskTable<T>> {
  readonly port: ServedPort;
  readonly traits: TraitsOf<T>;
  readonly handlers: Promise<HandlersOf<T>>;
  /** Frees the memory of copies that need not be sent back, on hosts that can. @default {all copies are sent back} */
  readonly free?: ((copy: Uint8Array) => void) | undefined;
}

/**
 * Call it at once, before anything is awaited: a message to a thread that does not listen is lost. Requests that come
 * before the handlers are loaded wait in their order.
 */
export function serve<T extends TaskTable<T>>({ port, traits, handlers, free }: ServeOptions<T>): void {
  const waiting: TaskRequest[] = [];
  let accept = (request: TaskRequest): void => {
    waiting.push(request);
  };
  port.onRequest((request) => accept(request));
  handlers.then(
    (ready) => {
      const server = new TaskServer(port, traits, ready, free);
      accept = (request) => server.begin(request);
      for (const request of waiting.splice(0)) accept(request);
      port.post({ isReady: true }, []);
    },
    (error: unknown) => {
      // Ends the thread.
      setTimeout(() => {
        throw error;
      });
    },
  );
}

class TaskServer<T extends TaskTable<T>> {
  readonly #port: ServedPort;
  readonly #traits: TraitsOf<T>;
  readonly #handlers: HandlersOf<T>;
  readonly #free: ServeOptions<T>["free"];

  constructor(port: ServedPort, traits: TraitsOf<T>, handlers: HandlersOf<T>, free: ServeOptions<T>["free"]) {
    this.#port = port;
    this.#traits = traits;
    this.#handlers = handlers;
    this.#free = free;
  }

  begin(request: TaskRequest): void {
    // The pool posts the arguments of its `run`, whose types are those of the table.
    const task = request.task as keyof T & string;
    let output: TaskOutput | Promise<TaskOutput>;
    try {
      output = this.#handlers[task](request.input);
    } catch (error) {
      this.#refuse(request, error);
      return;
    }
    if (output instanceof Promise) {
      output.then(
        (value) => this.#answer(request, value),
        (error: unknown) => this.#refuse(request, error),
      );
    } else {
      this.#answer(request, output);
    }
  }

  #answer(request: TaskRequest, output: TaskOutput): void {
    const returned = this.#returnedOf(request);
    const moved = output instanceof Uint8Array ? [output.buffer] : [];
    this.#port.post({ id: request.id, output, returned }, [...moved, ...buffersOf(returned)]);
  }

  #refuse(request: TaskRequest, error: unknown): void {
    const returned = this.#returnedOf(request);
    this.#port.post({ id: request.id, error, returned }, buffersOf(returned));
  }

  /** The copies made for this thread that are sent back; frees the others. */
  #returnedOf({ task, input }: TaskRequest): Returned {
    const { writes }: TaskTraits = this.#traits[task as keyof T & string];
    const returned: Record<string, Uint8Array<ArrayBuffer>[]> = {};
    for (const [name, copies] of copiesIn(input)) {
      if (this.#free === undefined || name === writes) returned[name] = copies;
      else for (const copy of copies) this.#free(copy);
    }
    return returned;
  }
}

function* copiesIn(input: TaskInput): Generator<[name: string, copies: Uint8Array<ArrayBuffer>[]]> {
  for (const [name, field] of Object.entries(input)) {
    const copies = bytesIn(field).filter((bytes): bytes is Uint8Array<ArrayBuffer> => !isShared(bytes));
    if (copies.length > 0) yield [name, copies];
  }
}

function buffersOf(returned: Returned): ArrayBuffer[] {
  return Object.values(returned).flatMap((copies) => copies.map(({ buffer }) => buffer));
}
