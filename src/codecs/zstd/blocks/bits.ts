/** Bits of a zstd stream that is read from its end to its beginning (RFC 8878 §4.1). */

/** Bytes before and behind the data that may be read, to no effect, by a load of four. */
export const PADDING = 8;

export class BackwardBits {
  readonly #view: DataView;
  readonly #start: number;
  /** Bits that are left. Below zero after reading more than there were; those bits are noise. */
  left: number;

  /**
   * @param view of bytes with `PADDING` around the stream's, which are `start` to `end`
   * @throws Error when the stream has no end mark
   */
  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    this.#start = start;
    const last = end > start ? view.getUint8(end - 1) : 0;
    if (last === 0) throw new Error("a bit stream has no end mark");
    // The highest bit set marks the end and is not part of the stream.
    this.left = (end - start) * 8 + 23 - Math.clz32(last);
  }

  /** The next `count` bits, at most 25. */
  read(count: number): number {
    this.left -= count;
    // Past the beginning there is nothing to load; the caller finds `left` below zero.
    if (this.left < 0) return 0;
    return (
      (this.#view.getUint32(this.#start + (this.left >>> 3), true) >>> (this.left & 7)) & ((1 << count) - 1)
    );
  }

  /** The next `count` bits, at most 31. */
  readLong(count: number): number {
    if (count <= 25) return this.read(count);
    const high = this.read(count - 16);
    return (high << 16) | this.read(16);
  }

  /** The next `count` bits, at most 25, without going on; zeros take the place of those that are not there. */
  peek(count: number): number {
    const at = this.left - count;
    if (at >= 0) {
      return (this.#view.getUint32(this.#start + (at >>> 3), true) >>> (at & 7)) & ((1 << count) - 1);
    }
    if (this.left <= 0) return 0;
    return (this.#view.getUint32(this.#start, true) & ((1 << this.left) - 1)) << -at;
  }
}
