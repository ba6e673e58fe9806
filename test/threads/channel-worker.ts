/** A Web Worker without a thread: the tasks of one at the other end of a channel, which clones and moves as the real one does. */
import { serveTasks, type WorkerScope } from "../../src/threads/web-thread.js";

export class ChannelWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  /** Every message that went to the worker. */
  readonly sent: unknown[] = [];
  /** Lengths of all the copies that went along. */
  readonly movedLengths: number[] = [];
  isTerminated = false;
  readonly #here: MessagePort;
  readonly #there: MessagePort;

  /** @param serve `false` for a worker that never answers; a bundle has its own `serveTasks` */
  constructor({ serve = serveTasks }: { readonly serve?: typeof serveTasks | boolean } = {}) {
    const { port1, port2 } = new MessageChannel();
    this.#here = port1;
    this.#there = port2;
    port1.onmessage = (event) => this.onmessage?.(event);
    port2.onmessage = () => {};
    if (serve === false) return;
    const start = serve === true ? serveTasks : serve;
    start(port2 as unknown as WorkerScope);
  }

  postMessage(message: unknown, moved: ArrayBuffer[]): void {
    this.sent.push(message);
    this.movedLengths.push(...moved.map(({ byteLength }) => byteLength));
    this.#here.postMessage(message, moved);
  }

  terminate(): void {
    this.isTerminated = true;
    this.#here.close();
    this.#there.close();
  }

  /** Ends with an error that nobody caught. */
  die(message: string): void {
    this.onerror?.({ message, preventDefault: () => {} });
  }

  get worker(): Worker {
    return this as unknown as Worker;
  }
}
