/** Exact reads from a connection: headers through a small buffer, data directly into the caller's. */
import { StorageError } from "../../errors.js";
import type { Connection } from "../../ports.js";

const BUFFER_SIZE = 4096;

export class ByteReader {
  readonly #connection: Connection;
  readonly #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_SIZE);
  /** The bytes of `#buffer` that were received and not taken yet. */
  #start = 0;
  #end = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Whether bytes were received that nobody took. */
  get hasMore(): boolean {
    return this.#end > this.#start;
  }

  /** The next `length` bytes, at most 4096; valid until the next call. @throws StorageError at the stream's end */
  async take(length: number): Promise<DataView> {
    if (this.#end - this.#start < length) await this.#refill(length);
    const view = new DataView(this.#buffer.buffer, this.#start, length);
    this.#start += length;
    return view;
  }

  /** Fills `target` with the next bytes. @throws StorageError at the stream's end */
  async fill(target: Uint8Array): Promise<void> {
    const buffered = Math.min(target.length, this.#end - this.#start);
    target.set(this.#buffer.subarray(this.#start, this.#start + buffered));
    this.#start += buffered;
    for (let at = buffered; at < target.length; ) at += await this.#read(target.subarray(at));
  }

  /** Passes over the next `length` bytes. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const count = Math.min(left, BUFFER_SIZE);
      await this.take(count);
      left -= count;
    }
  }

  async #refill(length: number): Promise<void> {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < length) this.#end += await this.#read(this.#buffer.subarray(this.#end));
  }

  async #read(target: Uint8Array): Promise<number> {
    const count = await this.#connection.read(target);
    if (count > 0) return count;
    throw new StorageError("the server closed the connection", { call: "read", status: "temporary" });
  }
}
