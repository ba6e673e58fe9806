import type { Arena } from "../pipeline/pool.js";

/** What an arena's pieces start on a multiple of: a cache line. */
const ALIGNMENT = 64;

/** Memory that all threads of this process see. */
export class SharedArena implements Arena {
  readonly buffer: SharedArrayBuffer;
  #used = 0;

  /** @param size bytes that can be handed out, losses by alignment included */
  constructor(size: number) {
    this.buffer = new SharedArrayBuffer(size);
  }

  /** @throws RangeError when fewer bytes are left */
  allocate(size: number): Uint8Array {
    const offset = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
    this.#used = offset + size;
    return new Uint8Array(this.buffer, offset, size);
  }
}
