/**
 * Tries again what failed for now: calls, listings from their beginning (what was told is not told again), reads from
 * the byte where they stopped, and puts of objects that still fit into a buffer, from which they are written anew. To
 * put or remove an object twice is to do it once, so a lost acknowledgement does no harm; only `remove` may then say
 * that there was nothing.
 */

import { isAshlarError, StorageError } from "../../errors.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../sink.js";
import { Retries, type RetryPolicy } from "./backoff.js";
import { SinkLayer } from "./layer.js";
import { ReplayingWriter } from "./replaying-writer.js";

export interface RetryOptions extends RetryPolicy {
  /** Bytes of an object that are kept for another try of its put; larger objects have one. @default {0} */
  readonly replaySize?: number | undefined;
  /** `reads` leaves all but reads to a layer further in, such as one around the HTTP client. @default {"all"} */
  readonly what?: "all" | "reads" | undefined;
}

export class RetrySink extends SinkLayer {
  readonly #options: RetryOptions;

  constructor(inner: ObjectSink, options: RetryOptions) {
    super(inner);
    this.#options = options;
  }

  override get bufferSize(): number {
    return super.bufferSize + (this.#options.replaySize ?? 0);
  }

  override get buffersMax(): number {
    return (this.#options.replaySize ?? 0) === 0 ? super.buffersMax : Number.POSITIVE_INFINITY;
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
    const create = (): Promise<ObjectWriter> => this.inner.create(container, name, options);
    const { replaySize = 0 } = this.#options;
    if (replaySize === 0) return await this.#call(create, options.signal);
    const first = await this.#call(create, options.signal);
    const retries = new Retries(this.#options, options.signal);
    return new ReplayingWriter(first, { create, retries, replaySize });
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

  override remove(container: string, name: string): Promise<boolean> {
    return this.#call(() => this.inner.remove(container, name));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.#call(() => this.inner.removeUnfinished(container, prefix));
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
    const retries = new Retries(this.#options, undefined);
    const told = new Set<string>();
    for (;;) {
      try {
        for await (const entry of begin()) {
          const name = nameOf(entry);
          if (told.has(name)) continue;
          told.add(name);
          retries.restart();
          yield entry;
        }
        return;
      } catch (error) {
        if (this.#options.what === "reads" || !(await mayRetry(error, retries))) throw error;
      }
    }
  }
}

/** Whether `error` may pass and there is another try, which has been waited for. */
export async function mayRetry(error: unknown, retries: Retries): Promise<boolean> {
  if (!isAshlarError(error) || error.status !== "temporary") return false;
  const { retryAfterMs } = error as { readonly retryAfterMs?: number };
  return await retries.next(retryAfterMs);
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
      { operation: "read" },
    );
  }

  async #drop(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close().catch(() => undefined);
  }
}
