/**
 * No call waits for ever: one that does not come back within a time fails, and may be tried again. The time is that of
 * one step, a piece written or read, so an object may take as long as it likes while it moves.
 */

import { StorageError } from "../../errors.js";
import type { Sleep } from "../../sleep.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../sink.js";
import { SinkLayer } from "./layer.js";

export interface TimeoutOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly sleep: Sleep;
}

export class TimeoutSink extends SinkLayer {
  readonly #options: TimeoutOptions;

  constructor(inner: ObjectSink, options: TimeoutOptions) {
    super(inner);
    this.#options = options;
  }

  override createContainer(container: string): Promise<void> {
    return this.#within("create container", this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#within("remove container", this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#each(this.inner.containers());
  }

  override async create(container: string, name: string, options: CreateOptions = {}): Promise<ObjectWriter> {
    const { signal, end } = endable(options.signal);
    const within = <T>(work: Promise<T>): Promise<T> => this.#within(`write object "${name}"`, work, end);
    const writer = await within(this.inner.create(container, name, { signal }));
    return {
      write: (bytes) => within(writer.write(bytes)),
      close: () => within(writer.close()),
      abort: () => within(writer.abort()).catch(() => undefined),
    };
  }

  override async open(container: string, name: string, options: OpenOptions = {}): Promise<ObjectReader> {
    const { signal, end } = endable(options.signal);
    const within = <T>(work: Promise<T>): Promise<T> => this.#within(`read object "${name}"`, work, end);
    const reader = await within(this.inner.open(container, name, { ...options, signal }));
    return {
      size: reader.size,
      readInto: (buffer) => within(reader.readInto(buffer)),
      close: () => within(reader.close()),
    };
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#within(`find object "${name}"`, this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#each(this.inner.list(container, prefix));
  }

  override remove(container: string, name: string): Promise<boolean> {
    return this.#within(`remove object "${name}"`, this.inner.remove(container, name));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.#within("remove what is unfinished", this.inner.removeUnfinished(container, prefix));
  }

  async *#each<T>(entries: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = entries[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#within("list", iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      // Not waited for: where the next entry does not come, the end does not either.
      iterator.return?.()?.catch(() => undefined);
    }
  }

  async #within<T>(what: string, work: Promise<T>, end?: (reason: unknown) => void): Promise<T> {
    const { timeoutMs, sleep } = this.#options;
    const over = new AbortController();
    const late = sleep(timeoutMs, over.signal).then(() => {
      const error = new StorageError(`Cannot ${what}: nothing happened for ${timeoutMs} ms`, {
        operation: "wait",
        status: "temporary",
      });
      end?.(error);
      throw error;
    });
    // The one that comes second has nobody to tell.
    late.catch(() => undefined);
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }
}

/** A signal that the caller's ends, and this layer may. */
function endable(outer: AbortSignal | undefined): { signal: AbortSignal; end: (reason: unknown) => void } {
  const controller = new AbortController();
  const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
  return { signal, end: (reason) => controller.abort(reason) };
}
