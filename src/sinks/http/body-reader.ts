/** An `ObjectReader` over the body of a response. */

import { StorageError } from "../../errors.js";
import type { ObjectReader } from "../sink.js";

export interface BodyReaderOptions {
  /** For messages, e.g. `object "a" in container "b"`. */
  readonly what: string;
  /** Stored bytes of the whole object. */
  readonly size: number;
  /** Position in the object of the body's first byte. */
  readonly offset: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives every byte in order, then the end, where it may throw. */
  readonly check?: BodyCheck | undefined;
}

export interface BodyCheck {
  update(bytes: Uint8Array): void;
  end(): void;
}

export class BodyReader implements ObjectReader {
  readonly size: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: BodyReaderOptions;
  #rest: Uint8Array = new Uint8Array(0);
  #position: number;
  #isEnded = false;

  constructor(body: ReadableStream<Uint8Array>, options: BodyReaderOptions) {
    this.size = options.size;
    this.#reader = body.getReader();
    this.#options = options;
    this.#position = options.offset;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    this.#options.signal?.throwIfAborted();
    let count = 0;
    while (count < buffer.length && this.#position < this.size) {
      if (this.#rest.length === 0) await this.#pull();
      const piece = this.#rest.subarray(0, buffer.length - count);
      buffer.set(piece, count);
      this.#rest = this.#rest.subarray(piece.length);
      count += piece.length;
      this.#position += piece.length;
    }
    if (this.#position === this.size) await this.#end();
    return count;
  }

  /** Drops the connection if the body has not ended: reading a long object to its end would take longer. */
  async close(): Promise<void> {
    if (!this.#isEnded) await this.#reader.cancel().catch(() => undefined);
    this.#isEnded = true;
  }

  async #pull(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) throw this.#failure(`it ended at byte ${this.#position}`);
    this.#options.check?.update(value);
    if (this.#position + value.length > this.size) throw this.#failure("there came more bytes than it has");
    this.#rest = value;
  }

  async #end(): Promise<void> {
    if (this.#isEnded) return;
    // The connection is released only when the body has been read to its end.
    const { done } = await this.#reader.read();
    if (!done) throw this.#failure("there came more bytes than it has");
    this.#isEnded = true;
    this.#options.check?.end();
  }

  #failure(state: string): StorageError {
    return new StorageError(`Cannot read ${this.#options.what}: ${state}, of ${this.size}`, {
      call: "read",
      status: "temporary",
    });
  }
}
