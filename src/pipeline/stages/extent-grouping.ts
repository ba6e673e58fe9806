/**
 * Which changed blocks become one extent, and so one object.
 *
 * Changed runs join across windows, and over what is unchanged between them where that is no longer than the gap: an
 * object for each of many scattered blocks costs more than a few blocks stored again. Nothing joins across chunks, or
 * beyond what an object may hold.
 *
 * What follows the last run of a window is held back until a later one shows whether the extent goes on, so at most
 * `heldWindowsMax` windows wait here.
 */
import type { Geometry } from "../memory/geometry.js";
import type { DigestedWindow, Extent, ExtentPart } from "./window.js";

/** Bytes `[from, to)` of a window. */
export type ByteRange = readonly [from: number, to: number];

export interface GroupingOptions extends Geometry {
  /** Longest run of unchanged bytes that is stored for the sake of what lies around it. */
  readonly coalesceGap: number;
  /** Upper bound of one object's plain bytes: at least a window, at most a chunk. */
  readonly objectSize: number;
  readonly volumeSize: number;
  /** Whether every byte is stored, so that an extent's length is known at its start. */
  readonly isFull: boolean;
}

interface Held {
  readonly window: DigestedWindow;
  readonly range: ByteRange;
}

export class ExtentGrouping {
  readonly #options: GroupingOptions;
  #extent: Extent = { offset: 0 };
  /** Byte offset in the volume at which the extent ends so far; -1 where none can go on. */
  #end = -1;
  /** What follows that end, unchanged. */
  #held: Held[] = [];

  constructor(options: GroupingOptions) {
    this.#options = options;
  }

  /**
   * What the window's changed ranges make certain: parts of this window, after those that were held back. Each has a
   * lease of its own.
   */
  add(window: DigestedWindow, changed: readonly ByteRange[]): ExtentPart[] {
    const parts: ExtentPart[] = [];
    for (const [from, to] of changed) {
      if (this.#goesOn(window.offset + from, window.offset + to)) this.#fillGap(window, from, parts);
      else this.#start(window.offset + from);
      this.#append(window, [from, to], parts);
      this.#end = window.offset + to;
    }
    this.#holdRest(window);
    return parts;
  }

  /** Bytes that are held back. */
  get heldLength(): number {
    return this.#held.reduce((sum, { range: [from, to] }) => sum + to - from, 0);
  }

  /** Ends the extent: what is held back is not part of it. */
  finish(): void {
    for (const { window } of this.#held) window.buffer.release();
    this.#held = [];
    this.#end = -1;
  }

  #goesOn(offset: number, end: number): boolean {
    const { chunkSize, coalesceGap, objectSize } = this.#options;
    if (this.#end === -1 || offset - this.#end > coalesceGap || end - this.#extent.offset > objectSize)
      return false;
    return Math.floor(this.#extent.offset / chunkSize) === Math.floor(offset / chunkSize);
  }

  /** Stores what is unchanged between the extent's end and the run that starts at `to`. */
  #fillGap(window: DigestedWindow, to: number, parts: ExtentPart[]): void {
    for (const { window: earlier, range } of this.#held) parts.push(this.#partOf(earlier, range));
    this.#held = [];
    const from = Math.max(0, this.#end - window.offset);
    if (from < to) this.#append(window, [from, to], parts);
  }

  #start(offset: number): void {
    this.finish();
    const { chunkSize, objectSize, volumeSize, isFull } = this.#options;
    const chunkEnd = offset - (offset % chunkSize) + chunkSize;
    const length = isFull ? Math.min(objectSize, chunkEnd - offset, volumeSize - offset) : undefined;
    this.#extent = { offset, length };
  }

  /** Onto the part before where they touch, so that a window with a hundred runs does not make a hundred parts. */
  #append(window: DigestedWindow, [from, to]: ByteRange, parts: ExtentPart[]): void {
    const last = parts.at(-1);
    const isMore = last?.extent === this.#extent && last.buffer === window.buffer;
    if (!isMore) {
      window.buffer.retain();
      parts.push(this.#partOf(window, [from, to]));
      return;
    }
    parts[parts.length - 1] = this.#partOf(window, [last.offset - window.offset, to]);
  }

  #partOf(window: DigestedWindow, [from, to]: ByteRange): ExtentPart {
    const { buffer, isZero } = window;
    const bytes = window.bytes.subarray(from, to);
    return { extent: this.#extent, offset: window.offset + from, bytes, buffer, isZero };
  }

  /** What comes after the window's last run may be the beginning of a gap, or more of one. */
  #holdRest(window: DigestedWindow): void {
    if (this.#end === -1) return;
    const { chunkSize, coalesceGap } = this.#options;
    const from = Math.max(0, this.#end - window.offset);
    const windowEnd = window.offset + window.bytes.length;
    const canGoOn = windowEnd % chunkSize !== 0 && windowEnd - this.#end <= coalesceGap;
    if (!canGoOn) this.finish();
    else if (from < window.bytes.length) {
      window.buffer.retain();
      this.#held.push({ window, range: [from, window.bytes.length] });
    }
  }
}
