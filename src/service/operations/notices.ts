/** Waits that end early when something has happened in this process. */
import { pause } from "./poll.js";

export class Notices {
  readonly #waiting = new Set<() => void>();

  readonly #listeners = new Set<() => void>();

  /** Calls `listener` at each notice, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all waits. */
  notify(): void {
    for (const wake of [...this.#waiting, ...this.#listeners]) wake();
  }

  /** Resolves after that time, at the next notice, or when the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    await pause(ms, woken.signal);
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(wake);
  }
}
