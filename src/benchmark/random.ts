/** Numbers that look random, and are the same for the same seed on every machine. */

/** A share from 0 to 1 (exclusive) for one position, whatever was asked before (the finalizer of MurmurHash3). */
export function mixed(seed: number, position: number): number {
  let hash = (Math.imul(position, 0x9e3779b1) ^ seed) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The generator xorshift32 (Marsaglia, 2003). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // The state must not be 0, and small seeds must not give similar sequences.
    this.#state = Math.floor(mixed(0x5eed, seed | 0) * 2 ** 32) || 1;
  }

  /** A share from 0 to 1 (exclusive). */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.next() * 256;
  }
}
