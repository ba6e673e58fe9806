/**
 * MD5 of an extent's plain bytes, with a fast path for zeros: leading zeros are only counted, and the MD5 of an extent
 * of zeros is computed once per length. On a sparse volume that is nearly every object.
 */

import type { PooledBuffer } from "../memory/pool.js";
import type { Compute, StreamMd5 } from "../run/compute.js";

export interface ContentPiece {
  /** A view of `buffer.bytes`. */
  readonly bytes: Uint8Array;
  readonly buffer: PooledBuffer;
}

export class ContentMd5 {
  readonly #compute: Pick<Compute, "md5">;
  readonly #zeroMd5s: Map<number, Promise<string>>;
  #stream: StreamMd5 | undefined;
  #zeroLength = 0;

  /** @param zeroMd5s the run's cache of MD5s of zeros, by length in bytes */
  constructor(compute: Pick<Compute, "md5">, zeroMd5s: Map<number, Promise<string>>) {
    this.#compute = compute;
    this.#zeroMd5s = zeroMd5s;
  }

  /** Holds the piece's buffer while it is read. `hex` rejects with any failure. */
  update({ bytes, buffer }: ContentPiece, isZero: boolean): void {
    if (isZero && this.#stream === undefined) {
      this.#zeroLength += bytes.length;
      return;
    }
    this.#stream ??= this.#startWithZeros();
    buffer.retain();
    this.#stream.update(bytes).then(
      () => buffer.release(),
      () => {},
    );
  }

  /** 32 lower-case hexadecimal digits; the instance is spent afterwards. */
  hex(): Promise<string> {
    if (this.#stream !== undefined) return this.#stream.hex();
    let md5 = this.#zeroMd5s.get(this.#zeroLength);
    if (md5 === undefined) {
      md5 = this.#startWithZeros().hex();
      this.#zeroMd5s.set(this.#zeroLength, md5);
    }
    return md5;
  }

  #startWithZeros(): StreamMd5 {
    const stream = this.#compute.md5();
    if (this.#zeroLength > 0) stream.updateZeros(this.#zeroLength);
    return stream;
  }
}
