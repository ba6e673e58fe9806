/**
 * So many bytes a second and no more, over all that shares a bucket. Who comes while the bytes before him are not yet
 * paid for waits; who comes late saves nothing up, so a pause is not followed by a burst.
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

  /** @param rate bytes a second */
  constructor(rate: number, { clock, sleep }: { readonly clock: Clock; readonly sleep: Sleep }) {
    this.#rate = rate;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /** Resolves when `size` bytes have had their time. @throws the signal's reason */
  async pass(size: number, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#freeMs = Math.max(now, this.#freeMs) + (size / this.#rate) * 1000;
    // A timer that is set for less would only cost.
    if (this.#freeMs - now >= 1) await this.#sleep(this.#freeMs - now, signal);
  }
}

export interface Buckets {
  /** None is no limit. */
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
