/** Sinks that behave badly on purpose, around one that does not. */
import { StorageError } from "../../../src/errors.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../../../src/sinks/sink.js";

/** Whether the call fails, before it is done or after (a lost acknowledgement). */
export type Fate = (call: string, index: number) => "before" | "after" | undefined;

/** Fails for now at the calls that `fate` picks. Reads that fail may have filled the buffer with anything. */
export class FaultySink extends SinkLayer {
  readonly calls: string[] = [];
  readonly #fate: Fate;

  constructor(inner: ObjectSink, fate: Fate) {
    super(inner);
    this.#fate = fate;
  }

  override createContainer(container: string): Promise<void> {
    return this.#do("createContainer", () => this.inner.createContainer(container));
  }

  override removeContainer(container: string): Promise<void> {
    return this.#do("removeContainer", () => this.inner.removeContainer(container));
  }

  override containers(): AsyncIterable<string> {
    return this.#each("containers", this.inner.containers());
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const writer = await this.#do("create", () => this.inner.create(container, name, options));
    return {
      write: (bytes) => this.#do("write", () => writer.write(bytes)),
      close: () => this.#do("close", () => writer.close()),
      abort: () => writer.abort(),
    };
  }

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const reader = await this.#do("open", () => this.inner.open(container, name, options));
    return {
      size: reader.size,
      readInto: (buffer) => this.#do("read", () => reader.readInto(buffer)),
      close: () => reader.close(),
    };
  }

  override size(container: string, name: string): Promise<number | undefined> {
    return this.#do("size", () => this.inner.size(container, name));
  }

  override list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.#each("list", this.inner.list(container, prefix));
  }

  override remove(container: string, name: string): Promise<void> {
    return this.#do("remove", () => this.inner.remove(container, name));
  }

  override removeAll(container: string, names: readonly string[]): Promise<void> {
    return this.#do("removeAll", () => this.inner.removeAll(container, names));
  }

  override removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.#do("removeUnfinished", () => this.inner.removeUnfinished(container, prefix));
  }

  async #do<T>(call: string, work: () => Promise<T>): Promise<T> {
    const fate = this.#fate(call, this.calls.length);
    this.calls.push(call);
    if (fate === "before") throw failure(call);
    const result = await work();
    if (fate === "after") throw failure(call);
    return result;
  }

  async *#each<T>(call: string, entries: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const entry of entries) {
      await this.#do(call, async () => undefined);
      yield entry;
    }
  }
}

function failure(call: string): StorageError {
  return new StorageError(`Cannot ${call}: the network is bad`, { call, status: "temporary" });
}
