/**
 * Retries after temporary failures: calls, listings from their beginning (no entry is yielded twice), and reads from
 * the byte where they stopped. Writes are not retried, because the bytes are gone; the drivers over HTTP buffer them
 * and retry their requests with `RetryClient`. Removing an object is idempotent, so a lost acknowledgement is harmless.
 */

import { StorageError } from "../../errors.js";
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
import { mayRetry, Retries, type RetryPolicy } from "./backoff.js";
import { SinkLayer } from "./layer.js";

/** Options of the layer that tries calls again. */
export interface RetryOptions extends RetryPolicy {
  /** `reads` leaves everything except reads to an inner layer, e.g. one around the HTTP client. @default {"all"} */
  readonly what?: "all" | "reads" | undefined;
}

export class RetrySink extends SinkLayer {
  readonly #options: RetryOptions;

  constructor(inner: ObjectSink, options: RetryOptions) {
    super(inner);
    this.#options = options;
  }

  override createContainer(container: string): Promise<void> {
    return this.#call(() => this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#call(() => this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#list(
      () => this.inner.containers(),
      (name) => name,
    );
  }

  override async create(container: string, name: string, options: CreateOptions = {}): Promise<ObjectWriter> {
    return await this.#call(() => this.inner.create(container, name, options), options.signal);
  }

  override async open(container: string, name: string, options: OpenOptions = {}): Promise<ObjectReader> {
    const open = (offset: number): Promise<ObjectReader> =>
      this.inner.open(container, name, { ...options, offset });
    const retries = new Retries(this.#options, options.signal);
    const { offset = 0 } = options;
    const reader = await this.#call(() => open(offset), options.signal);
    return new ResumingReader(reader, { open, retries, offset, name });
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#call(() => this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#list(
      () => this.inner.list(container, prefix),
      ({ name }) => name,
    );
  }

  override canLock(container: string): Promise<boolean> {
    return this.#call(() => this.inner.canLock(container));
  }

  override lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    return this.#call(() => this.inner.lockOf(container, name));
  }

  override lock(container: string, name: string, change: LockChange): Promise<void> {
    return this.#call(() => this.inner.lock(container, name, change));
  }

  override remove(container: string, name: string): Promise<void> {
    return this.#call(() => this.inner.remove(container, name));
  }

  override removeAll(container: string, names: readonly string[]): Promise<void> {
    return this.#call(() => this.inner.removeAll(container, names));
  }

  /** Collected before any is yielded: entries may share a name, so a retry could not skip those already yielded. */
  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    yield* await this.#call(async () => {
      const entries: UnfinishedEntry[] = [];
      for await (const entry of this.inner.listUnfinished(container, prefix)) entries.push(entry);
      return entries;
    });
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.#call(() => this.inner.removeUnfinished(container, prefix));
  }

  override inspect(container: string, name: string): Promise<StoreTraits> {
    return this.#call(() => this.inner.inspect(container, name));
  }

  async #call<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const retries = new Retries(this.#options, signal);
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#options.what === "reads" || !(await mayRetry(error, retries))) throw error;
      }
    }
  }

  async *#list<T>(begin: () => AsyncIterable<T>, nameOf: (entry: T) => string): AsyncGenerator<T> {
    if (this.#options.what === "reads") return yield* begin();
    const retries = new Retries(this.#options, undefined);
    const yielded = new Set<string>();
    for (;;) {
      try {
        for await (const entry of begin()) {
          const name = nameOf(entry);
          if (yielded.has(name)) continue;
          yielded.add(name);
          retries.restart();
          yield entry;
        }
        return;
      } catch (error) {
        if (!(await mayRetry(error, retries))) throw error;
      }
    }
  }
}

interface Resuming {
  readonly open: (offset: number) => Promise<ObjectReader>;
  readonly retries: Retries;
  readonly offset: number;
  readonly name: string;
}

class ResumingReader implements ObjectReader {
  readonly size: number;
  readonly #resuming: Resuming;
  #reader: ObjectReader | undefined;
  #position: number;

  constructor(reader: ObjectReader, resuming: Resuming) {
    this.size = reader.size;
    this.#reader = reader;
    this.#resuming = resuming;
    this.#position = resuming.offset;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    const { retries } = this.#resuming;
    for (;;) {
      try {
        this.#reader ??= await this.#reopen();
        const count = await this.#reader.readInto(buffer);
        this.#position += count;
        retries.restart();
        return count;
      } catch (error) {
        await this.#drop();
        if (!(await mayRetry(error, retries))) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  async #reopen(): Promise<ObjectReader> {
    const reader = await this.#resuming.open(this.#position);
    if (reader.size === this.size) return reader;
    await reader.close();
    throw new StorageError(
      `Cannot go on reading object ${JSON.stringify(this.#resuming.name)}: it had ${this.size} bytes and has ${reader.size} now`,
      { call: "read" },
    );
  }

  async #drop(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close().catch(() => undefined);
  }
}
