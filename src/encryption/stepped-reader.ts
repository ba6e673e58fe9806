/** A reader of bytes that come in steps, each of which is decoded as a whole. */
import type { ObjectReader } from "../sinks/sink.js";

export abstract class SteppedReader implements ObjectReader {
  readonly size: number;
  protected readonly inner: ObjectReader;
  #step: Uint8Array = new Uint8Array(0);
  /** Bytes of `#step` that are read. */
  #taken = 0;

  constructor(inner: ObjectReader, size: number) {
    this.inner = inner;
    this.size = size;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      if (this.#taken === this.#step.length) {
        const next = await this.next();
        if (next === undefined) break;
        this.#step = next;
        this.#taken = 0;
        continue;
      }
      const part = this.#step.subarray(this.#taken, this.#taken + buffer.length - done);
      buffer.set(part, done);
      this.#taken += part.length;
      done += part.length;
    }
    return done;
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** The bytes of the next step; `undefined` at the end. */
  protected abstract next(): Promise<Uint8Array | undefined>;
}
