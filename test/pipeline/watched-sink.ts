/** A sink around a `MemorySink` that tells of every call before it happens, and what is open at any time. */
import { BaseSink } from "../../src/sinks/base-sink.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { NamingScheme, ObjectEntry, ObjectReader, ObjectWriter } from "../../src/sinks/sink.js";

export type SinkOperation =
  | "create"
  | "write"
  | "close"
  | "abort"
  | "open"
  | "read"
  | "closeReader"
  | "list"
  | "remove";

/** Awaited before each call; what it throws, the call rejects with. `abort` and `closeReader` ignore it. */
export type Watch = (operation: SinkOperation, name: string) => void | Promise<void>;

export class WatchedSink extends BaseSink {
  readonly service = "watched";
  readonly naming: NamingScheme = "hierarchical";
  readonly inner: MemorySink = new MemorySink();
  watch: Watch = () => {};
  /** Readers and writers that were neither closed nor aborted. */
  openReaders = 0;
  readonly openWriters: Set<string> = new Set();

  createContainer(container: string): Promise<void> {
    return this.inner.createContainer(container);
  }

  removeContainer(): Promise<void> {
    return Promise.resolve();
  }

  containers(): AsyncIterable<string> {
    return this.inner.containers();
  }

  async create(container: string, name: string): Promise<ObjectWriter> {
    await this.watch("create", name);
    const writer = await this.inner.create(container, name);
    this.openWriters.add(name);
    return {
      write: async (bytes) => {
        await this.watch("write", name);
        await writer.write(bytes);
      },
      close: async () => {
        await this.watch("close", name);
        await writer.close();
        this.openWriters.delete(name);
      },
      abort: async () => {
        this.openWriters.delete(name);
        await writer.abort();
      },
    };
  }

  async open(container: string, name: string): Promise<ObjectReader> {
    await this.watch("open", name);
    const reader = await this.inner.open(container, name);
    this.openReaders++;
    return {
      size: reader.size,
      readInto: async (buffer) => {
        await this.watch("read", name);
        return await reader.readInto(buffer);
      },
      close: async () => {
        this.openReaders--;
        await reader.close();
      },
    };
  }

  size(container: string, name: string): Promise<number | undefined> {
    return this.inner.size(container, name);
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    await this.watch("list", prefix);
    yield* this.inner.list(container, prefix);
  }

  async remove(container: string, name: string): Promise<void> {
    await this.watch("remove", name);
    await this.inner.remove(container, name);
  }

  removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.inner.removeUnfinished(container, prefix);
  }
}

/** Rejections that nobody handled, up to now and a turn of the event loop further. */
export async function unhandledDuring(work: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => {
    unhandled.push(reason);
  };
  // Tests of one file run side by side, each with a listener of its own.
  process.setMaxListeners(0);
  process.on("unhandledRejection", listener);
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("unhandledRejection", listener);
  }
  return unhandled;
}
