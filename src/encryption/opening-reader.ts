/** Decrypts an object while it is read, segment by segment: nothing leaves a segment that is not authentic. */
import { IntegrityError } from "../errors.js";
import type { ObjectReader } from "../sinks/sink.js";
import { SEALED_SEGMENT_SIZE, SEGMENT_SIZE, segmentsOf, TAG_SIZE } from "./layout.js";
import type { ObjectCipher } from "./repository-key.js";
import { SteppedReader } from "./stepped-reader.js";

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

export class OpeningReader extends SteppedReader {
  readonly #cipher: ObjectCipher;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #sealed: Uint8Array<ArrayBuffer>;
  /** Bytes of the next segment that are not wanted. */
  #skipped: number;
  #index: number;

  /** @param inner at the first byte of the segment at `offset` */
  constructor(inner: ObjectReader, cipher: ObjectCipher, start: OpeningStart) {
    const { name, size, offset } = start;
    super(inner, size);
    this.#cipher = cipher;
    this.#name = name;
    this.#signal = start.signal;
    this.#index = segmentAt(start);
    this.#skipped = offset - this.#index * SEGMENT_SIZE;
    this.#sealed = new Uint8Array(Math.min(SEALED_SEGMENT_SIZE, size + TAG_SIZE));
  }

  override async readInto(buffer: Uint8Array): Promise<number> {
    this.#signal?.throwIfAborted();
    return await super.readInto(buffer);
  }

  protected async next(): Promise<Uint8Array | undefined> {
    const index = this.#index;
    const count = segmentsOf(this.size);
    if (index === count) return undefined;
    const isLast = index === count - 1;
    const length = isLast ? this.size - index * SEGMENT_SIZE : SEGMENT_SIZE;
    const sealed = this.#sealed.subarray(0, length + TAG_SIZE);
    if ((await this.inner.readInto(sealed)) < sealed.length) throw this.#damaged("it ends before its size");
    const plain = await this.#cipher.open(sealed, index, isLast);
    if (plain === undefined) {
      throw this.#damaged(`segment ${index + 1} of ${count} is not authentic: it was changed, moved or cut`);
    }
    const wanted = plain.subarray(this.#skipped);
    this.#skipped = 0;
    this.#index++;
    return wanted;
  }

  #damaged(state: string): IntegrityError {
    return new IntegrityError(`Cannot decrypt object: ${state}`, { objectName: this.#name });
  }
}
