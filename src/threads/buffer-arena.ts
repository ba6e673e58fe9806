import type { Arena } from "../pipeline/memory/pool.js";

/** Alignment of an arena's pieces: a cache line. */
const ALIGNMENT = 64;

/** An arena over a buffer, which may be shared with other threads. */
export class BufferArena implements Arena {
  readonly buffer: ArrayBufferLike;
  #used = 0;

  /** @param buffer zeroed, and large enough for all pieces including their alignment */
  constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
  }

  /** @throws RangeError when fewer bytes are left */
  allocate(size: number): Uint8Array {
    const offset = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
    this.#used = offset + size;
    return new Uint8Array(this.buffer, offset, size);
  }
}
