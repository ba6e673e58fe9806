/**
 * The states of every kind of `ObjectWriter`:
 *
 *     open → closed | failed | aborted
 *
 * A writer takes one step at a time. Once a step has failed, the object is not what the caller wrote and must not be
 * completed. `abort` waits for the running step, so that nothing arrives after the cleanup.
 */

import { InvalidStateError } from "../errors.js";

export class WriterSteps {
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  #state: "open" | "failed" | "aborted" | "closed" = "open";
  #pending: Promise<void> = Promise.resolve();

  /** @param what for messages, e.g. `object "a" in container "b"` */
  constructor(what: string, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#signal = signal;
  }

  /** Runs a step. @throws InvalidStateError unless the writer is open; the signal's reason; the step's errors */
  async step(work: () => Promise<void>): Promise<void> {
    this.#checkOpen();
    try {
      this.#signal?.throwIfAborted();
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      throw error;
    }
  }

  /** Runs the last step, after which the object is complete. */
  async close(work: () => Promise<void>): Promise<void> {
    await this.step(async () => {
      await work();
      this.#state = "closed";
    });
  }

  /** Called within a step before an irreversible action. @throws if the writer was aborted meanwhile */
  check(): void {
    this.#checkOpen();
    this.#signal?.throwIfAborted();
  }

  /** Ends the writer after the pending step. Returns whether there is something to clean up; never rejects. */
  async abort(): Promise<boolean> {
    if (this.#state === "open") this.#state = "aborted";
    await this.#pending.catch(() => undefined);
    return this.#state !== "closed";
  }

  #checkOpen(): void {
    if (this.#state === "open") return;
    throw new InvalidStateError(`Cannot go on writing ${this.#what}: its writer is ${this.#state}`);
  }
}
