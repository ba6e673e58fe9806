/**
 * Bytes of an object that are buffered until they are sent: a part of an upload, or a whole small object. They can be
 * sent any number of times. Memory grows with the content, in slabs of 1 MiB, and never past `capacity`.
 */

const SLAB_SIZE = 1_048_576;

export class MemoryBody implements AsyncIterable<Uint8Array> {
  readonly capacity: number;
  readonly #slabs: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Bytes of content. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.capacity;
  }

  /** Copies as much of `bytes` as fits; returns the number of bytes copied. */
  append(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.capacity - this.#length);
    for (let done = 0; done < count; ) {
      const within = this.#length % SLAB_SIZE;
      if (within === 0) this.#slabs.push(new Uint8Array(Math.min(SLAB_SIZE, this.capacity - this.#length)));
      const slab = this.#slabs.at(-1)!;
      const piece = bytes.subarray(done, done + Math.min(count - done, slab.length - within));
      slab.set(piece, within);
      done += piece.length;
      this.#length += piece.length;
    }
    return count;
  }

  /** The bytes in order, as views. */
  *slabs(): Generator<Uint8Array<ArrayBuffer>> {
    for (const [i, slab] of this.#slabs.entries()) yield slab.subarray(0, this.#length - i * SLAB_SIZE);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.slabs();
  }

  /** Drops the content and releases its memory. */
  clear(): void {
    this.#slabs.length = 0;
    this.#length = 0;
  }
}
