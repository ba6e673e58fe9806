import type { Arena } from "../pipeline/memory/pool.js";

/** What an arena's pieces start on a multiple of: a cache line. */
const ALIGNMENT = 64;

/** Memory of a buffer that all threads see, or that only this one does. */
export class BufferArena implements Arena {
  readonly buffer: ArrayBufferLike;
  #used = 0;

  /** @param buffer zeroed, large enough for what is handed out, losses by alignment included */
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
