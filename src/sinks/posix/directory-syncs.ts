/**
 * Group commit of directories: entries that are placed while a sync runs share the next one. A sync costs a commit of the
 * file system's journal, whatever it makes durable, and many small objects are closed at once.
 */
import type { FileSystem } from "../../ports.js";

export class DirectorySyncs {
  readonly #fileSystem: FileSystem;
  readonly #running = new Map<string, Promise<unknown>>();
  /** Syncs that have not started: whatever is placed before they start, they make durable. */
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** Makes all entries durable that the directory has now. Rejects if the sync that they share fails. */
  sync(directory: string): Promise<void> {
    const running = this.#running.get(directory);
    if (running === undefined) return this.#start(directory);
    let waiting = this.#waiting.get(directory);
    if (waiting === undefined) {
      waiting = this.#startAfter(running, directory);
      this.#waiting.set(directory, waiting);
    }
    return waiting;
  }

  async #startAfter(running: Promise<unknown>, directory: string): Promise<void> {
    await running.catch(() => {});
    this.#waiting.delete(directory);
    await this.#start(directory);
  }

  #start(directory: string): Promise<void> {
    const sync = this.#fileSystem.syncDirectory(directory);
    const ended = sync.finally(() => {
      if (this.#running.get(directory) === ended) this.#running.delete(directory);
    });
    this.#running.set(directory, ended);
    return ended;
  }
}
