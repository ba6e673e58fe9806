/**
 * So many calls at once and no more, in the order in which they came. It is calls that are counted and not open objects:
 * whoever writes two objects in turns would wait for himself.
 */

import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../sink.js";
import { SinkLayer } from "./layer.js";

export class LimitSink extends SinkLayer {
  readonly #slots: Slots;

  /** @param callsMax calls at once */
  constructor(inner: ObjectSink, callsMax: number) {
    super(inner);
    this.#slots = new Slots(callsMax);
  }

  override createContainer(container: string): Promise<void> {
    return this.#slots.use(() => this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#slots.use(() => this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#each(() => this.inner.containers());
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const writer = await this.#slots.use(() => this.inner.create(container, name, options));
    return {
      write: (bytes) => this.#slots.use(() => writer.write(bytes)),
      close: () => this.#slots.use(() => writer.close()),
      abort: () => this.#slots.use(() => writer.abort()),
    };
  }

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const reader = await this.#slots.use(() => this.inner.open(container, name, options));
    return {
      size: reader.size,
      readInto: (buffer) => this.#slots.use(() => reader.readInto(buffer)),
      close: () => this.#slots.use(() => reader.close()),
    };
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#slots.use(() => this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#each(() => this.inner.list(container, prefix));
  }

  override remove(container: string, name: string): Promise<boolean> {
    return this.#slots.use(() => this.inner.remove(container, name));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.#slots.use(() => this.inner.removeUnfinished(container, prefix));
  }

  /** Each step counts as a call, so that whoever stops in the middle of a listing holds nobody up. */
  async *#each<T>(begin: () => AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = begin()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#slots.use(() => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}

class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
