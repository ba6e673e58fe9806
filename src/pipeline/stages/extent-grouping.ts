/**
 * Grouping of changed blocks into extents, and so into objects.
 *
 * Changed runs join across windows, and over unchanged bytes between them that are no longer than the gap: an object
 * for each of many scattered blocks costs more than a few blocks stored again. Runs never join across chunks, or beyond
 * the object size.
 *
 * Bytes after the last run of a window are held back until a later window shows whether the extent goes on, so at most
 * `heldWindowsMax` windows wait here.
 */
import type { Geometry } from "../memory/geometry.js";
import type { HoleLayout } from "./hole-layout.js";
import type { DigestedWindow, Extent, ExtentPiece } from "./window.js";

/** Bytes `[from, to)` of a window. */
export type ByteRange = readonly [from: number, to: number];

export interface GroupingOptions extends Geometry {
  /** Longest run of unchanged bytes that is stored to join the changes around it. */
  readonly coalesceGap: number;
  /** Upper bound of one object's plain bytes: at least a window, at most a chunk. */
  readonly objectSize: number;
  readonly volumeSize: number;
  /** Whether every byte of a volume of known size is stored, so that an extent's length is known at its start. */
  readonly isFull: boolean;
  /** Holes that no window has; only in a full backup. @default {none} */
  readonly holes?: HoleLayout | undefined;
}

interface Held {
  readonly window: DigestedWindow;
  readonly range: ByteRange;
}

export class ExtentGrouping {
  readonly #options: GroupingOptions;
  #extent: Extent = { offset: 0 };
  /** Byte offset in the volume where the extent ends so far; -1 if no extent can go on. */
  #end = -1;
  /** Byte offset in the volume where the next window begins, unless some are left out. */
  #next = 0;
  /** Unchanged bytes after that end. */
  #held: Held[] = [];

  constructor(options: GroupingOptions) {
    this.#options = options;
  }

  /**
   * Returns the pieces that the window's changed ranges make certain: held-back pieces first, then pieces of this window.
   * Each has a lease of its own.
   */
  add(window: DigestedWindow, changed: readonly ByteRange[]): ExtentPiece[] {
    // The bytes of windows that were left out are not there to fill a gap.
    if (window.offset !== this.#next) this.finish();
    this.#next = window.offset + window.bytes.length;
    const pieces: ExtentPiece[] = [];
    for (const [from, to] of changed) {
      if (this.#goesOn(window.offset + from, window.offset + to)) this.#fillGap(window, from, pieces);
      else this.#start(window.offset + from);
      this.#append(window, [from, to], pieces);
      this.#end = window.offset + to;
    }
    this.#holdRest(window);
    return pieces;
  }

  /** Number of bytes held back. */
  get heldLength(): number {
    return this.#held.reduce((sum, { range: [from, to] }) => sum + to - from, 0);
  }

  /** Ends the extent without the bytes held back. */
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

  /** Stores the unchanged bytes between the extent's end and the run that starts at `to`. */
  #fillGap(window: DigestedWindow, to: number, pieces: ExtentPiece[]): void {
    for (const { window: earlier, range } of this.#held) pieces.push(this.#pieceOf(earlier, range));
    this.#held = [];
    const from = Math.max(0, this.#end - window.offset);
    if (from < to) this.#append(window, [from, to], pieces);
  }

  #start(offset: number): void {
    this.finish();
    this.#extent = { offset, length: this.#options.isFull ? this.#lengthFrom(offset) : undefined };
  }

  /** Bytes of the extent of a full backup that begins at `offset`. */
  #lengthFrom(offset: number): number {
    const { chunkSize, objectSize, volumeSize, holes } = this.#options;
    const chunkEnd = offset - (offset % chunkSize) + chunkSize;
    const end = Math.min(offset + objectSize, chunkEnd, volumeSize);
    return (holes?.nextFrom(offset, end) ?? end) - offset;
  }

  /** Extends the previous piece if both lie in one window, so that a hundred runs do not make a hundred pieces. */
  #append(window: DigestedWindow, [from, to]: ByteRange, pieces: ExtentPiece[]): void {
    const last = pieces.at(-1);
    const isMore = last?.extent === this.#extent && last.buffer === window.buffer;
    if (!isMore) {
      window.buffer.retain();
      pieces.push(this.#pieceOf(window, [from, to]));
      return;
    }
    pieces[pieces.length - 1] = this.#pieceOf(window, [last.offset - window.offset, to]);
  }

  #pieceOf(window: DigestedWindow, [from, to]: ByteRange): ExtentPiece {
    const { buffer, isZero } = window;
    const bytes = window.bytes.subarray(from, to);
    return { extent: this.#extent, offset: window.offset + from, bytes, buffer, isZero };
  }

  /** Holds the bytes after the window's last run, which may start or continue a gap. */
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
