/**
 * MD5 of an extent's plain bytes, with a short way for zeros: they are only counted until something else follows, and
 * the MD5 of nothing but zeros is computed once per length. On a sparse volume that is nearly every object.
 */
import type { Hashes, RunningHash } from "../ports.js";

const ZEROS = new Uint8Array(64 * 1024);

export class ContentMd5 {
  readonly #hashes: Hashes;
  readonly #zeroMd5s: Map<number, string>;
  #hash: RunningHash | undefined;
  #zeroLength = 0;

  /** @param zeroMd5s the run's memory of MD5s of zeros by length in bytes */
  constructor(hashes: Hashes, zeroMd5s: Map<number, string>) {
    this.#hashes = hashes;
    this.#zeroMd5s = zeroMd5s;
  }

  update(bytes: Uint8Array, isZero: boolean): void {
    if (isZero && this.#hash === undefined) {
      this.#zeroLength += bytes.length;
      return;
    }
    this.#hash ??= this.#hashZeros();
    this.#hash.update(bytes);
  }

  /** 32 lower-case hexadecimal digits; the instance is spent afterwards. */
  hex(): string {
    if (this.#hash !== undefined) return this.#hash.hex();
    let md5 = this.#zeroMd5s.get(this.#zeroLength);
    if (md5 === undefined) {
      md5 = this.#hashZeros().hex();
      this.#zeroMd5s.set(this.#zeroLength, md5);
    }
    return md5;
  }

  #hashZeros(): RunningHash {
    const hash = this.#hashes.md5();
    for (let left = this.#zeroLength; left > 0; left -= ZEROS.length) {
      hash.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
    }
    return hash;
  }
}
