/** A store that takes as long for each call as one across a network does, whatever the call is. */
import { setTimeout as sleep } from "node:timers/promises";
import { SinkLayer } from "../../src/sinks/layers/layer.js";
import type { ObjectReader, ObjectSink, ObjectWriter } from "../../src/sinks/sink.js";

export class SlowSink extends SinkLayer {
  readonly #milliseconds: number;

  constructor(inner: ObjectSink, milliseconds: number) {
    super(inner);
    this.#milliseconds = milliseconds;
  }

  override async create(container: string, name: string): Promise<ObjectWriter> {
    await this.#wait();
    const writer = await this.inner.create(container, name);
    return {
      write: async (bytes) => {
        await this.#wait();
        await writer.write(bytes);
      },
      close: async () => {
        await this.#wait();
        await writer.close();
      },
      abort: () => writer.abort(),
    };
  }

  override async open(container: string, name: string): Promise<ObjectReader> {
    await this.#wait();
    const reader = await this.inner.open(container, name);
    return {
      size: reader.size,
      readInto: async (buffer) => {
        await this.#wait();
        return await reader.readInto(buffer);
      },
      close: () => reader.close(),
    };
  }

  async #wait(): Promise<void> {
    await sleep(this.#milliseconds);
  }
}
