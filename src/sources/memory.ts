/** Volumes in memory, for tests and for embedding. */

import { UsageError } from "../errors.js";
import { checkRange } from "./range.js";
import type { VolumeSource, VolumeTarget } from "./volume.js";

/** Reads the caller's `bytes` without copying them: later reads see changes to them. */
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

/** The initial content of a target in memory. */
export interface MemoryTargetOptions {
  /** Size of a new target that is all zero. Either this or `bytes` is required. */
  readonly size?: number;
  /** The initial content, which is written in place: the target uses the caller's array. */
  readonly bytes?: Uint8Array;
  /** @default {true with `size`, false with `bytes`} */
  readonly isZeroed?: boolean;
}

export class MemoryTarget implements VolumeTarget {
  /** The whole content. */
  readonly bytes: Uint8Array;
  readonly isZeroed: boolean;

  constructor(options: MemoryTargetOptions) {
    const { size, bytes } = options;
    if ((size === undefined) === (bytes === undefined)) {
      throw new UsageError('Cannot make a target in memory: want either "size" or "bytes"');
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
