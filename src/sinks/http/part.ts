/** Bytes of an object that are buffered until a request has sent them, with their running checksums. */

import type { RunningHash } from "../../ports.js";
import { MemoryBody } from "./memory-body.js";

export interface PartHashes {
  /** Covers the part, or the object up to the part's end. */
  readonly md5: RunningHash;
  /** Present if the request's signature covers it. */
  readonly sha256?: RunningHash | undefined;
}

export class Part {
  readonly bytes: MemoryBody;
  readonly #hashes: PartHashes;
  #md5: string | undefined;
  #sha256: string | undefined;

  constructor(capacity: number, hashes: PartHashes) {
    this.bytes = new MemoryBody(capacity);
    this.#hashes = hashes;
  }

  get isFull(): boolean {
    return this.bytes.isFull;
  }

  /** Copies as much of `bytes` as fits; returns the number of bytes copied. */
  append(bytes: Uint8Array): number {
    const count = this.bytes.append(bytes);
    const taken = bytes.subarray(0, count);
    this.#hashes.md5.update(taken);
    this.#hashes.sha256?.update(taken);
    return count;
  }

  /** Hexadecimal; reading it ends appending. */
  get md5(): string {
    this.#md5 ??= this.#hashes.md5.hex();
    return this.#md5;
  }

  /** Hexadecimal, if there is one; reading it ends appending. */
  get sha256(): string | undefined {
    this.#sha256 ??= this.#hashes.sha256?.hex();
    return this.#sha256;
  }

  /** Releases the memory. */
  clear(): void {
    this.bytes.clear();
  }
}
