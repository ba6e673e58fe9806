/**
 * Decodes the blocks of one zstd frame (RFC 8878), in TypeScript, for runtimes without a streaming decoder of their
 * own. Memory is the frame's window and a little more, whatever the frame's size.
 */
import { KIB, MIB } from "../../../units.js";
import { PADDING } from "../blocks/bits.js";
import type { BlockView } from "../blocks/huffman.js";
import { Literals } from "../blocks/literals.js";
import { Sequences } from "../blocks/sequences.js";
import { BLOCK_SIZE_MAX, type FrameHeader } from "./frames.js";

const BLOCK_HEADER_SIZE = 3;
const BLOCK_RAW = 0;
const BLOCK_RLE = 1;
/** Free space after the window: the larger, the less often the window is moved to the front. */
const ROOM_MIN: number = MIB;

/** Memory for decoding a frame of up to `plainMax` bytes, with a window of up to `windowSize`. */
export function decoderMemoryOf(windowSize: number, plainMax: number): number {
  return Math.min(historySizeOf(windowSize), plainMax + BLOCK_SIZE_MAX) + 2 * BLOCK_SIZE_MAX + 64 * KIB;
}

function historySizeOf(windowSize: number): number {
  return windowSize + Math.max(ROOM_MIN, Math.ceil(windowSize / 4));
}

export class FrameDecoder {
  readonly #windowSize: number;
  readonly #blockSizeMax: number;
  /** Plain bytes up to `#at`: at least the latest window. */
  readonly #history: Uint8Array<ArrayBuffer>;
  #at = 0;
  readonly #literals = new Literals();
  readonly #sequences = new Sequences();
  readonly #block: BlockView;
  #blockSize = 0;

  /** @param plainMax the most plain bytes that the frame may have, for a frame without content size */
  constructor({ windowSize, contentSize = Number.POSITIVE_INFINITY }: FrameHeader, plainMax: number) {
    this.#windowSize = windowSize;
    this.#blockSizeMax = Math.min(BLOCK_SIZE_MAX, windowSize);
    const lengthMax = Math.min(contentSize, plainMax);
    this.#history = new Uint8Array(Math.min(historySizeOf(windowSize), lengthMax + this.#blockSizeMax));
    const bytes = new Uint8Array(BLOCK_SIZE_MAX + BLOCK_HEADER_SIZE + 2 * PADDING);
    this.#block = { bytes, view: new DataView(bytes.buffer) };
  }

  /** Collects the bytes of a block, header first. */
  add(bytes: Uint8Array): void {
    this.#block.bytes.set(bytes, PADDING + this.#blockSize);
    this.#blockSize += bytes.length;
  }

  /** Decodes the collected block to plain bytes, valid until the next call. @throws Error when it is damaged */
  decode(): Uint8Array<ArrayBuffer> {
    const { bytes } = this.#block;
    const start = PADDING + BLOCK_HEADER_SIZE;
    const end = PADDING + this.#blockSize;
    const head = bytes[PADDING]! | (bytes[PADDING + 1]! << 8) | (bytes[PADDING + 2]! << 16);
    const type = (head >> 1) & 3;
    this.#blockSize = 0;
    this.#makeRoom();
    const from = this.#at;
    if (type === BLOCK_RAW) {
      this.#history.set(bytes.subarray(start, end), from);
      this.#at += end - start;
    } else if (type === BLOCK_RLE) {
      this.#at += head >> 3;
      this.#history.fill(bytes[start]!, from, this.#at);
    } else {
      this.#at = this.#decompress(start, end);
    }
    return this.#history.subarray(from, this.#at);
  }

  #decompress(start: number, end: number): number {
    if (start === end) throw new Error("a block is empty");
    const { literals, end: literalsEnd } = this.#literals.read(this.#block, start, end);
    const target = { bytes: this.#history, at: this.#at, limit: this.#at + this.#blockSizeMax };
    return this.#sequences.execute(this.#block, { at: literalsEnd, end }, literals, target);
  }

  #makeRoom(): void {
    if (this.#at + this.#blockSizeMax <= this.#history.length) return;
    const isRoomAhead = this.#windowSize + this.#blockSizeMax <= this.#history.length;
    if (this.#at < this.#windowSize || !isRoomAhead)
      throw new Error("a frame is longer than its header says");
    this.#history.copyWithin(0, this.#at - this.#windowSize, this.#at);
    this.#at = this.#windowSize;
  }
}
