/** Reports every finished call, with its duration and its error. */

import type { Clock } from "../../ports.js";
import type { LockChange, ObjectLock } from "../lock.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
  UnfinishedEntry,
} from "../sink.js";
import { SinkLayer } from "./layer.js";

export interface SinkEvent {
  readonly call: string;
  readonly container?: string | undefined;
  /** The object's name, or the prefix of several. */
  readonly name?: string | undefined;
  readonly durationMs: number;
  /** Bytes written or read; entries of a listing; objects passed to `removeAll`. */
  readonly count?: number | undefined;
  readonly error?: unknown;
}

export interface LogOptions {
  readonly clock: Clock;
  readonly log: (event: SinkEvent) => void;
}

type Subject = Pick<SinkEvent, "container" | "name">;

export class LogSink extends SinkLayer {
  readonly #options: LogOptions;

  constructor(inner: ObjectSink, options: LogOptions) {
    super(inner);
    this.#options = options;
  }

  override createContainer(container: string): Promise<void> {
    return this.#report("createContainer", { container }, this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#report("removeContainer", { container }, this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#each("containers", {}, this.inner.containers());
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const subject = { container, name };
    const writer = await this.#report("create", subject, this.inner.create(container, name, options));
    let count = 0;
    return {
      write: async (bytes) => {
        count += bytes.length;
        await this.#reportFailure("write", subject, writer.write(bytes), () => count);
      },
      close: () => this.#report("close", subject, writer.close(), () => count),
      abort: () => this.#report("abort", subject, writer.abort(), () => count),
    };
  }

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const subject = { container, name };
    const reader = await this.#report("open", subject, this.inner.open(container, name, options));
    let total = 0;
    return {
      size: reader.size,
      readInto: async (buffer) => {
        const count = await this.#reportFailure("read", subject, reader.readInto(buffer), () => total);
        total += count;
        return count;
      },
      close: () => this.#report("read", subject, reader.close(), () => total),
    };
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#report("size", { container, name }, this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#each("list", { container, name: prefix }, this.inner.list(container, prefix));
  }

  override canLock(container: string): Promise<boolean> {
    return this.#report("canLock", { container }, this.inner.canLock(container));
  }

  override lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    return this.#report("lockOf", { container, name }, this.inner.lockOf(container, name));
  }

  override lock(container: string, name: string, change: LockChange): Promise<void> {
    return this.#report("lock", { container, name }, this.inner.lock(container, name, change));
  }

  override remove(container: string, name: string): Promise<void> {
    return this.#report("remove", { container, name }, this.inner.remove(container, name));
  }

  override removeAll(container: string, names: readonly string[]): Promise<void> {
    return this.#report(
      "removeAll",
      { container },
      this.inner.removeAll(container, names),
      () => names.length,
    );
  }

  override listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    const subject = { container, name: prefix };
    return this.#each("listUnfinished", subject, this.inner.listUnfinished(container, prefix));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    const subject = { container, name: prefix };
    return this.#report("removeUnfinished", subject, this.inner.removeUnfinished(container, prefix));
  }

  override inspect(container: string, name: string): Promise<StoreTraits> {
    return this.#report("inspect", { container, name }, this.inner.inspect(container, name));
  }

  async *#each<T>(call: string, subject: Subject, entries: AsyncIterable<T>): AsyncGenerator<T> {
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
      this.#log({ call, ...subject, count, error }, since);
    }
  }

  /** Reports only failed calls: one object takes many. */
  async #reportFailure<T>(call: string, subject: Subject, work: Promise<T>, count: () => number): Promise<T> {
    const since = this.#options.clock.monotonicMs();
    try {
      return await work;
    } catch (error) {
      this.#log({ call, ...subject, count: count(), error }, since);
      throw error;
    }
  }

  async #report<T>(call: string, subject: Subject, work: Promise<T>, count?: () => number): Promise<T> {
    const since = this.#options.clock.monotonicMs();
    try {
      const result = await work;
      this.#log({ call, ...subject, count: count?.() }, since);
      return result;
    } catch (error) {
      this.#log({ call, ...subject, count: count?.(), error }, since);
      throw error;
    }
  }

  #log(event: Omit<SinkEvent, "durationMs">, since: number): void {
    this.#options.log({ ...event, durationMs: this.#options.clock.monotonicMs() - since });
  }
}
