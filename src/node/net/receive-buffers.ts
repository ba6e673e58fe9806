/** Buffers into which a socket receives. They are used again: a fresh one for each piece costs more than its copy. */

export class ReceiveBuffers {
  readonly #size: number;
  readonly #free: Uint8Array[] = [];
  /** The memory of all buffers, by which a received piece is recognized. */
  readonly #own: Map<ArrayBufferLike, Uint8Array> = new Map();

  constructor(size: number) {
    this.#size = size;
  }

  take(): Uint8Array {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const buffer = new Uint8Array(this.#size);
    this.#own.set(buffer.buffer, buffer);
    return buffer;
  }

  /** Releases the buffer of a piece that was read; a piece of other memory is ignored. */
  release({ buffer }: Uint8Array): void {
    const own = this.#own.get(buffer);
    if (own !== undefined) this.#free.push(own);
  }
}
