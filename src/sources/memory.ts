/** Volumes in memory, for tests and for embedding. */

import { UsageError } from "../errors.js";
import { checkRange } from "./range.js";
import type { VolumeSource, VolumeTarget } from "./volume.js";

/** Reads `bytes`, which stay the caller's: what changes in them is seen by later reads. */
export class MemorySource implements VolumeSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    checkRange("read", this, offset, buffer.length);
    buffer.set(this.#bytes.subarray(offset, offset + buffer.length));
  }

  async close(): Promise<void> {}
}

/** What a target in memory holds at first. */
export interface MemoryTargetOptions {
  /** Bytes of a new target that is all zero. Either this or `bytes` is wanted. */
  readonly size?: number;
  /** What the target holds at first; it is written in place and stays the caller's. */
  readonly bytes?: Uint8Array;
  /** @default {true} for a target made by `size`, {false} for one made of `bytes` */
  readonly isZeroed?: boolean;
}

export class MemoryTarget implements VolumeTarget {
  /** What was written, and what was there before. */
  readonly bytes: Uint8Array;
  readonly isZeroed: boolean;

  constructor(options: MemoryTargetOptions) {
    const { size, bytes } = options;
    if ((size === undefined) === (bytes === undefined)) {
      throw new UsageError('Cannot make a target in memory: either "size" or "bytes" is wanted');
    }
    this.bytes = bytes ?? new Uint8Array(size ?? 0);
    this.isZeroed = options.isZeroed ?? bytes === undefined;
  }

  get size(): number {
    return this.bytes.length;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    checkRange("write", this, offset, bytes.length);
    this.bytes.set(bytes, offset);
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}
