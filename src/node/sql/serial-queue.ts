/** Runs tasks one at a time, in the order of the calls. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Whether no task runs. */
  get isIdle(): boolean {
    return this.#length === 0;
  }

  push<T>(task: () => Promise<T>): Promise<T> {
    this.#length++;
    const result = this.#tail.then(task).finally(() => this.#length--);
    this.#tail = result.catch(() => {});
    return result;
  }
}
