/**
 * A readable end that gives each piece only when it is asked for, for decoders: a little input may stand for very much
 * output. An identity `TransformStream` would do as much, but aborting it waits for the reader too.
 */
import { ReadableStream } from "../streams.js";
export class Outlet {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #isWanted = false;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  /** @param onCancel called when the reader wants no more */
  constructor(onCancel: () => void) {
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isWanted = true;
          this.#wake();
        },
        cancel: (reason) => {
          this.#end(reason ?? new Error("the reader has cancelled"));
          onCancel();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Resolves when `bytes`, which are the reader's then, have been asked for. Rejects after a failure or cancelling. */
  async put(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    while (!this.#isWanted || this.#failure !== undefined) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isWanted = false;
    this.#controller.enqueue(bytes);
  }

  close(): void {
    if (this.#failure === undefined) this.#controller.close();
  }

  /** The first failure is what the reader and a waiting `put` are told. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#controller.error(error);
    this.#end(error);
  }

  #end(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }
}
