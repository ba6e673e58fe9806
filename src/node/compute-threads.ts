/**
 * The compute threads: as many as there are cores, started at the first run that is worth them and shared by all.
 *
 * A digest goes to the thread with the fewest requests waiting; an MD5 stays with one thread, because its pieces
 * depend on each other. Threads keep the process alive only while something is asked of them.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { loadKernels } from "../kernels/kernels.js";
import type { Compute, ComputeOptions, StreamMd5 } from "../pipeline/compute.js";
import type { Answer, Place, Request, WorkerSettings } from "./compute-messages.js";
import { SharedArena } from "./shared-arena.js";

/** A thread keeps little between requests; without limits its heap would grow to many times of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

type Value = number | string | undefined;

interface Waiting {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread, from this side. */
class ComputeThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextTask = 0;
  #death: Error | undefined;

  constructor(settings: WorkerSettings) {
    this.#worker = new Worker(new URL("./compute-worker.js", import.meta.url), {
      workerData: settings,
      resourceLimits: LIMITS,
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(new Error(`a compute thread ended with code ${code}`)));
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get isAlive(): boolean {
    return this.#death === undefined;
  }

  /** Sends a request that has no answer. */
  tell(request: Request): void {
    this.#worker.postMessage(request);
  }

  /** Sends the request that `make` gives for a task number, and resolves to its answer. */
  ask(make: (task: number) => Request): Promise<Value> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const task = this.#nextTask++;
    const answered = new Promise<Value>((resolve, reject) => this.#waiting.set(task, { resolve, reject }));
    if (this.#waiting.size === 1) this.#worker.ref();
    this.#worker.postMessage(make(task));
    return answered;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.task);
    this.#waiting.delete(answer.task);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }
}

export class ComputeThreads {
  readonly #settings: WorkerSettings;
  #threads: ComputeThread[] = [];
  #nextRun = 0;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /** What one run computes with, on the threads. */
  async openRun({ arenaSize }: ComputeOptions): Promise<Compute> {
    const threads = this.#living();
    const run = this.#nextRun++;
    const arena = new SharedArena(arenaSize);
    for (const thread of threads) thread.tell({ do: "open", run, memory: arena.buffer });
    let nextStream = 0;
    return {
      arena,
      kernels: await loadKernels({ memorySize: 0 }),
      // One more than there are threads, so that none of them waits for this one.
      lanes: threads.length + 1,
      digest: async (window, blockSize, digests) => {
        const places = { window: placeOf(window), digests: placeOf(digests) };
        return (await leastBusy(threads).ask((task) => ({
          do: "digest",
          run,
          task,
          blockSize,
          ...places,
        }))) as number;
      },
      md5: () => md5On(threads[nextStream % threads.length]!, run, nextStream++),
      close: () => {
        for (const thread of threads) if (thread.isAlive) thread.tell({ do: "close", run });
      },
    };
  }

  /** A thread that died is replaced; the runs that it worked for have failed. */
  #living(): ComputeThread[] {
    this.#threads = this.#threads.filter((thread) => thread.isAlive);
    while (this.#threads.length < availableParallelism())
      this.#threads.push(new ComputeThread(this.#settings));
    return this.#threads;
  }
}

function leastBusy(threads: readonly ComputeThread[]): ComputeThread {
  return threads.reduce((best, thread) => (thread.waitingCount < best.waitingCount ? thread : best));
}

function placeOf(bytes: Uint8Array): Place {
  return { at: bytes.byteOffset, length: bytes.length };
}

function md5On(thread: ComputeThread, run: number, stream: number): StreamMd5 {
  return {
    update: async (bytes) => {
      await thread.ask((task) => ({ do: "md5", run, task, stream, bytes: placeOf(bytes) }));
    },
    updateZeros: (length) => thread.tell({ do: "md5-zeros", run, stream, length }),
    hex: async () => (await thread.ask((task) => ({ do: "md5-end", run, task, stream }))) as string,
  };
}
