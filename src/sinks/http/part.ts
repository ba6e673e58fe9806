/** Bytes of an object that are kept until a request has brought them, with their checksums running along. */

import type { RunningHash } from "../../ports.js";
import { MemoryBody } from "./memory-body.js";

export interface PartHashes {
  /** Of the part, or of the object up to its end. */
  readonly md5: RunningHash;
  /** Where the request is signed with it. */
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

  /** Copies as much of `bytes` as has room; returns how many bytes that was. */
  append(bytes: Uint8Array): number {
    const count = this.bytes.append(bytes);
    const taken = bytes.subarray(0, count);
    this.#hashes.md5.update(taken);
    this.#hashes.sha256?.update(taken);
    return count;
  }

  /** Hexadecimal; nothing can be appended any more. */
  get md5(): string {
    this.#md5 ??= this.#hashes.md5.hex();
    return this.#md5;
  }

  /** Hexadecimal, where there is one; nothing can be appended any more. */
  get sha256(): string | undefined {
    this.#sha256 ??= this.#hashes.sha256?.hex();
    return this.#sha256;
  }

  /** Releases the memory. */
  clear(): void {
    this.bytes.clear();
  }
}
