/** Decrypts an object while it is read, segment by segment: nothing leaves a segment that is not authentic. */
import { IntegrityError } from "../errors.js";
import type { ObjectReader } from "../sinks/sink.js";
import { SEALED_SEGMENT_SIZE, SEGMENT_SIZE, segmentsOf, TAG_SIZE } from "./layout.js";
import type { ObjectCipher } from "./repository-key.js";

/** The position in an encrypted object from which its plain bytes are read. */
export interface OpeningStart {
  readonly name: string;
  /** Plain bytes of the whole object. */
  readonly size: number;
  /** Plain bytes before the first one that is wanted. */
  readonly offset: number;
  /** Ends the reader's calls. */
  readonly signal?: AbortSignal | undefined;
}

/** The segment that has the byte at `offset`; at the end of the object, the last. */
export function segmentAt({ size, offset }: Pick<OpeningStart, "size" | "offset">): number {
  return Math.min(Math.floor(offset / SEGMENT_SIZE), segmentsOf(size) - 1);
}

export class OpeningReader implements ObjectReader {
  readonly size: number;
  readonly #inner: ObjectReader;
  readonly #cipher: ObjectCipher;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #sealed: Uint8Array<ArrayBuffer>;
  #plain: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Bytes of `#plain` that are read. */
  #taken = 0;
  /** Bytes of the next segment that are not wanted. */
  #skipped: number;
  #index: number;

  /** @param inner at the first byte of the segment at `offset` */
  constructor(inner: ObjectReader, cipher: ObjectCipher, start: OpeningStart) {
    const { name, size, offset } = start;
    this.size = size;
    this.#inner = inner;
    this.#cipher = cipher;
    this.#name = name;
    this.#signal = start.signal;
    this.#index = segmentAt(start);
    this.#skipped = offset - this.#index * SEGMENT_SIZE;
    this.#sealed = new Uint8Array(Math.min(SEALED_SEGMENT_SIZE, size + TAG_SIZE));
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    this.#signal?.throwIfAborted();
    let done = 0;
    while (done < buffer.length) {
      if (this.#taken === this.#plain.length) {
        if (this.#index === segmentsOf(this.size)) break;
        await this.#next();
        continue;
      }
      const part = this.#plain.subarray(this.#taken, this.#taken + buffer.length - done);
      buffer.set(part, done);
      this.#taken += part.length;
      done += part.length;
    }
    return done;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #next(): Promise<void> {
    const index = this.#index;
    const isLast = index === segmentsOf(this.size) - 1;
    const length = isLast ? this.size - index * SEGMENT_SIZE : SEGMENT_SIZE;
    const sealed = this.#sealed.subarray(0, length + TAG_SIZE);
    const count = await this.#inner.readInto(sealed);
    if (count < sealed.length) throw this.#damaged("it ends before its size");
    const plain = await this.#cipher.open(sealed, index, isLast);
    if (plain === undefined) {
      throw this.#damaged(
        `segment ${index + 1} of ${segmentsOf(this.size)} is not authentic: it was changed, moved or cut`,
      );
    }
    this.#plain = plain;
    this.#taken = this.#skipped;
    this.#skipped = 0;
    this.#index++;
  }

  #damaged(state: string): IntegrityError {
    return new IntegrityError(`Cannot decrypt object: ${state}`, { objectName: this.#name });
  }
}
