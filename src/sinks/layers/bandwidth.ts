/**
 * Limits bytes per second across everything that shares a bucket. A caller waits until its own bytes, and those before
 * them, have had their time. An idle bucket saves up no allowance, so no burst follows a pause.
 */

import type { Clock } from "../../ports.js";
import type { Sleep } from "../../sleep.js";
import type { CreateOptions, ObjectReader, ObjectSink, ObjectWriter, OpenOptions } from "../sink.js";
import { SinkLayer } from "./layer.js";

export class ByteBucket {
  readonly #rate: number;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  #freeMs = 0;

  /** @param rate bytes per second */
  constructor(rate: number, { clock, sleep }: { readonly clock: Clock; readonly sleep: Sleep }) {
    this.#rate = rate;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /** Resolves when `size` bytes have had their time at the bucket's rate. @throws the signal's reason */
  async pass(size: number, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#freeMs = Math.max(now, this.#freeMs) + (size / this.#rate) * 1000;
    // A shorter timer would only add overhead.
    if (this.#freeMs - now >= 1) await this.#sleep(this.#freeMs - now, signal);
  }
}

export interface Buckets {
  /** No limit if left out. */
  readonly upload?: ByteBucket | undefined;
  readonly download?: ByteBucket | undefined;
}

export class BandwidthSink extends SinkLayer {
  readonly #buckets: Buckets;

  constructor(inner: ObjectSink, buckets: Buckets) {
    super(inner);
    this.#buckets = buckets;
  }

  override async create(container: string, name: string, options: CreateOptions = {}): Promise<ObjectWriter> {
    const writer = await this.inner.create(container, name, options);
    const { upload } = this.#buckets;
    if (upload === undefined) return writer;
    return {
      write: async (bytes) => {
        await upload.pass(bytes.length, options.signal);
        await writer.write(bytes);
      },
      close: () => writer.close(),
      abort: () => writer.abort(),
    };
  }

  override async open(container: string, name: string, options: OpenOptions = {}): Promise<ObjectReader> {
    const reader = await this.inner.open(container, name, options);
    const { download } = this.#buckets;
    if (download === undefined) return reader;
    return {
      size: reader.size,
      readInto: async (buffer) => {
        const count = await reader.readInto(buffer);
        await download.pass(count, options.signal);
        return count;
      },
      close: () => reader.close(),
    };
  }
}
