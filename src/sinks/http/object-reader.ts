/** Reads an object from the body of a response, and holds it against its size and its checksum. */

import { InvalidStateError, StorageError } from "../../errors.js";
import type { RunningHash } from "../../ports.js";
import type { ObjectReader } from "../sink.js";

export interface ObjectBody {
  /** "Cannot read <what>". */
  readonly what: string;
  readonly stream: ReadableStream<Uint8Array>;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Byte of the object that the stream begins with. */
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
  /** What the stream's bytes are to give, where that is known. */
  readonly checksum?: { readonly hash: RunningHash; readonly expected: string } | undefined;
}

export class BodyReader implements ObjectReader {
  readonly size: number;
  readonly #body: ObjectBody;
  readonly #pieces: ReadableStreamDefaultReader<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #position: number;
  #state: "open" | "ended" | "closed" = "open";

  constructor(body: ObjectBody) {
    this.#body = body;
    this.size = body.size;
    this.#position = body.offset;
    this.#pieces = body.stream.getReader();
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    if (this.#state === "closed") {
      throw new InvalidStateError(`Cannot read ${this.#body.what}: its reader is closed`);
    }
    this.#body.signal?.throwIfAborted();
    let count = 0;
    while (count < buffer.length && this.#position < this.size) {
      if (this.#piece.length === 0) this.#piece = await this.#next();
      const taken = this.#piece.subarray(0, buffer.length - count);
      buffer.set(taken, count);
      this.#piece = this.#piece.subarray(taken.length);
      this.#position += taken.length;
      count += taken.length;
    }
    if (this.#position === this.size && this.#state === "open") await this.#end();
    return count;
  }

  async close(): Promise<void> {
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    // What the connection says to being given up is nobody's business.
    if (wasOpen) await this.#pieces.cancel().catch(() => undefined);
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#pieces.read();
    if (done) throw this.#failure(`it ends at byte ${this.#position} of ${this.size}`);
    if (value.length > this.size - this.#position) throw this.#failure(`more than ${this.size} bytes came`);
    this.#body.checksum?.hash.update(value);
    return value;
  }

  /** Reading the end of the stream lets its connection be used again. */
  async #end(): Promise<void> {
    const { done } = await this.#pieces.read();
    if (!done) throw this.#failure(`more than ${this.size} bytes came`);
    this.#state = "ended";
    const { checksum } = this.#body;
    if (checksum !== undefined && checksum.hash.hex() !== checksum.expected) {
      throw this.#failure(`its bytes do not have the checksum "${checksum.expected}" that the server told`);
    }
  }

  /** What came is not what is stored: asked again, it may be. */
  #failure(state: string): StorageError {
    return new StorageError(`Cannot read ${this.#body.what}: ${state}`, {
      operation: "read",
      status: "temporary",
    });
  }
}
