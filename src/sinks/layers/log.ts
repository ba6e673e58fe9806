/** Tells of every call that has ended, how long it took, and what went wrong. */

import type { Clock } from "../../ports.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../sink.js";
import { SinkLayer } from "./layer.js";

export interface SinkEvent {
  readonly operation: string;
  readonly container?: string | undefined;
  /** Of the object, or the prefix of several. */
  readonly name?: string | undefined;
  readonly durationMs: number;
  /** Bytes of the object that were written or read, where it was about these; entries of a listing. */
  readonly count?: number | undefined;
  readonly error?: unknown;
}

export interface LogOptions {
  readonly clock: Clock;
  readonly log: (event: SinkEvent) => void;
}

type Place = Pick<SinkEvent, "container" | "name">;

export class LogSink extends SinkLayer {
  readonly #options: LogOptions;

  constructor(inner: ObjectSink, options: LogOptions) {
    super(inner);
    this.#options = options;
  }

  override createContainer(container: string): Promise<void> {
    return this.#tell("createContainer", { container }, this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#tell("removeContainer", { container }, this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#each("containers", {}, this.inner.containers());
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const place = { container, name };
    const writer = await this.#tell("create", place, this.inner.create(container, name, options));
    let count = 0;
    return {
      write: async (bytes) => {
        count += bytes.length;
        await this.#tellFailure("write", place, writer.write(bytes), () => count);
      },
      close: () => this.#tell("close", place, writer.close(), () => count),
      abort: () => this.#tell("abort", place, writer.abort(), () => count),
    };
  }

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const place = { container, name };
    const reader = await this.#tell("open", place, this.inner.open(container, name, options));
    let total = 0;
    return {
      size: reader.size,
      readInto: async (buffer) => {
        const count = await this.#tellFailure("read", place, reader.readInto(buffer), () => total);
        total += count;
        return count;
      },
      close: () => this.#tell("read", place, reader.close(), () => total),
    };
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#tell("size", { container, name }, this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#each("list", { container, name: prefix }, this.inner.list(container, prefix));
  }

  override remove(container: string, name: string): Promise<boolean> {
    return this.#tell("remove", { container, name }, this.inner.remove(container, name));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    const place = { container, name: prefix };
    return this.#tell("removeUnfinished", place, this.inner.removeUnfinished(container, prefix));
  }

  async *#each<T>(operation: string, place: Place, entries: AsyncIterable<T>): AsyncGenerator<T> {
    const since = this.#options.clock.monotonicMs();
    let count = 0;
    let error: unknown;
    try {
      for await (const entry of entries) {
        count++;
        yield entry;
      }
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      this.#log({ operation, ...place, count, error }, since);
    }
  }

  /** Of the many calls that an object takes, those that went wrong. */
  async #tellFailure<T>(operation: string, place: Place, work: Promise<T>, count: () => number): Promise<T> {
    const since = this.#options.clock.monotonicMs();
    try {
      return await work;
    } catch (error) {
      this.#log({ operation, ...place, count: count(), error }, since);
      throw error;
    }
  }

  async #tell<T>(operation: string, place: Place, work: Promise<T>, count?: () => number): Promise<T> {
    const since = this.#options.clock.monotonicMs();
    try {
      const result = await work;
      this.#log({ operation, ...place, count: count?.() }, since);
      return result;
    } catch (error) {
      this.#log({ operation, ...place, count: count?.(), error }, since);
      throw error;
    }
  }

  #log(event: Omit<SinkEvent, "durationMs">, since: number): void {
    this.#options.log({ ...event, durationMs: this.#options.clock.monotonicMs() - since });
  }
}
