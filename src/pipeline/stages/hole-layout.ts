/**
 * The holes of a volume that a full backup passes over: they become objects of zeros, which are made without zeros.
 *
 * Such a hole lies inside one chunk, and begins and ends with windows. It is a whole chunk, or long enough to be worth
 * an object of its own: the data around it are then objects too. The last window of the volume is never part of one, so
 * that every hole is followed by a window.
 */
import { ZEROS_MIN } from "../../codecs/codec.js";
import { firstEndingAfter, type Ranges } from "../../sources/ranges.js";
import { MIB } from "../../units.js";

/** Part of a chunk: zeros of less cost no more than another object in a store. */
const PART_MIN: number = 16 * MIB;

export interface HoleLayoutOptions {
  readonly chunkSize: number;
  readonly windowSize: number;
  readonly volumeSize: number;
}

export class HoleLayout {
  readonly #data: Ranges;
  readonly #chunkSize: number;
  readonly #windowSize: number;
  /** Where the last window begins. */
  readonly #end: number;

  /** @param data ranges that may have other bytes than zeros */
  constructor(data: Ranges, { chunkSize, windowSize, volumeSize }: HoleLayoutOptions) {
    this.#data = data;
    this.#chunkSize = chunkSize;
    this.#windowSize = windowSize;
    const inChunk = (volumeSize - 1) % chunkSize;
    this.#end = volumeSize - 1 - (inChunk % windowSize);
  }

  /** Bytes of the hole that begins at the window at `offset`; 0 if none does. */
  lengthAt(offset: number): number {
    const inChunk = offset % this.#chunkSize;
    const chunkEnd = offset - inChunk + this.#chunkSize;
    const dataStart = firstEndingAfter(this.#data, offset)?.offset ?? chunkEnd;
    const holeEnd = dataStart < chunkEnd ? this.#windowStart(dataStart, offset) : chunkEnd;
    const end = Math.min(holeEnd, this.#end);
    const length = end - offset;
    const isChunk = inChunk === 0 && end === chunkEnd && length >= ZEROS_MIN;
    return isChunk || length >= PART_MIN ? length : 0;
  }

  /** Where the next hole begins, at `offset` or later; `limit` if there is none before. */
  nextFrom(offset: number, limit: number): number {
    for (let at = offset; at < limit; ) {
      if (this.lengthAt(at) > 0) return at;
      at = this.#afterData(at);
    }
    return limit;
  }

  /** The lengths of all holes, each once. */
  lengths(): readonly number[] {
    const lengths = new Set<number>();
    for (let at = this.nextFrom(0, this.#end); at < this.#end; at = this.nextFrom(at, this.#end)) {
      const length = this.lengthAt(at);
      lengths.add(length);
      at += length;
    }
    return [...lengths];
  }

  /** The first window after the data at or after `offset`, or the next chunk. */
  #afterData(offset: number): number {
    const inChunk = offset % this.#chunkSize;
    const chunkStart = offset - inChunk;
    const range = firstEndingAfter(this.#data, offset);
    const next = range === undefined ? Number.POSITIVE_INFINITY : range.offset + range.length - chunkStart;
    const window = Math.ceil(Math.max(next, inChunk + 1) / this.#windowSize) * this.#windowSize;
    return chunkStart + Math.min(window, this.#chunkSize);
  }

  /** The beginning of the window with the byte at `position`, which is in the chunk of `offset` or after it. */
  #windowStart(position: number, offset: number): number {
    const chunkStart = offset - (offset % this.#chunkSize);
    return position - ((position - chunkStart) % this.#windowSize);
  }
}
