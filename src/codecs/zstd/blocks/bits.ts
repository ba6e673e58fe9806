/** A bit reader for zstd streams, which are read from their end to their beginning (RFC 8878 §4.1). */

/** Padding before and after the data: a load of four bytes may read it, without effect. */
export const PADDING = 8;

export class BackwardBits {
  readonly #view: DataView;
  readonly #start: number;
  /** Bits left. Below zero after reading more than there were; the excess bits are meaningless. */
  left: number;

  /**
   * @param view a view of the stream, bytes `start` to `end`, with `PADDING` on both sides
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
    // Past the beginning there is nothing to load; the caller sees `left` below zero.
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

  /** The next `count` bits, at most 25, without consuming them; missing bits read as zeros. */
  peek(count: number): number {
    const at = this.left - count;
    if (at >= 0) {
      return (this.#view.getUint32(this.#start + (at >>> 3), true) >>> (at & 7)) & ((1 << count) - 1);
    }
    if (this.left <= 0) return 0;
    return (this.#view.getUint32(this.#start, true) & ((1 << this.left) - 1)) << -at;
  }
}
