/**
 * The volume of a backup, readable at any offset, directly from the objects of the chain:
 *
 *     const memory = await ImageMemory.create({ runtime });
 *     const image = await VolumeImage.open(chain, memory);
 *     await image.readInto(buffer, { offset });
 *
 * Only bytes of blocks that match the backup's digest table are returned. Blocks that are zero by the table are
 * returned without reading any object. An object's MD5 is not checked, because usually only a part of the object is
 * read; a verification checks it, and the whole table. Reads may overlap.
 */

import { bytesEqual } from "../bytes.js";
import type { Chain } from "../chain/chain.js";
import { IntegrityError, UsageError } from "../errors.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import type { ImageMemory } from "./image-memory.js";
import { PAGE_DIGESTS } from "./image-memory-plan.js";
import { type Segment, segmentAt } from "./segments.js";
import {
  type KnownVolume,
  knowVolume,
  type OpenImageOptions,
  StoredVolume,
  zeroDigestsOf,
} from "./stored-volume.js";
import type { CachedWindow } from "./window-cache.js";

/** Options of a read of an image. */
export interface ReadImageOptions {
  /** Byte offset in the volume. */
  readonly offset: number;
  /** Ends the read with its reason, at the latest when the current window has been decoded. */
  readonly signal?: AbortSignal | undefined;
}

/** A range of an image to read. */
export interface ImageRangeOptions extends ReadImageOptions {
  readonly length: number;
}

/** One page of expected digests. */
interface Expected {
  readonly firstBlock: number;
  readonly digests: Uint8Array;
}

/** A read of bytes `[from, end)` of the volume, all in one window. */
interface WindowRead {
  readonly object: Segment["object"];
  readonly index: number;
  /** Byte offset in the volume where the window begins. */
  readonly windowOffset: number;
  readonly from: number;
  readonly end: number;
  readonly expected: Expected;
  readonly signal: AbortSignal | undefined;
}

/** The volume of a backup, readable at any offset directly from its objects, every block verified. */
export class VolumeImage {
  /** Bytes. */
  readonly size: number;
  readonly backupId: string;
  /** SHA-256 of the backup's manifest, 64 hexadecimal digits; unique to the image. */
  readonly id: string;
  /** Time of creation, in the manifest's format. */
  readonly createdAt: string;
  readonly #memory: ImageMemory;
  readonly #blockSize: number;
  readonly #volume: StoredVolume;

  /** @throws UsageError for blocks larger than a window of the memory */
  static async open(chain: Chain, memory: ImageMemory, options: OpenImageOptions = {}): Promise<VolumeImage> {
    const { blockSize } = chain.plan.shape;
    if (blockSize > memory.plan.windowSize) {
      const wanted = `want a windowSize of at least as many, not ${memory.plan.windowSize}`;
      throw new UsageError(`Cannot open image: its blocks have ${blockSize} bytes, ${wanted}`);
    }
    const { hashes } = memory.runtime;
    const known = await knowVolume(chain, hashes, await zeroDigestsOf(chain, memory));
    return new VolumeImage(new StoredVolume(known, hashes, options), memory);
  }

  private constructor(volume: StoredVolume, memory: ImageMemory) {
    this.#volume = volume;
    this.#memory = memory;
    const { link, size, blockSize } = volume.known;
    this.size = size;
    this.backupId = link.manifest.backupId;
    this.createdAt = link.manifest.createdAt;
    this.id = link.manifestSha256;
    this.#blockSize = blockSize;
  }

  /** The same image using another memory, which must have windows of the same size. */
  in(memory: ImageMemory): VolumeImage {
    return new VolumeImage(this.#volume, memory);
  }

  /**
   * Fills `buffer` with the bytes of the volume from `offset` on.
   * @throws UsageError for a range that is not in the volume
   * @throws IntegrityError for a damaged block, StorageError, or the signal's reason; the contents of `buffer` are then
   *   undefined
   */
  async readInto(buffer: Uint8Array, { offset, signal }: ReadImageOptions): Promise<void> {
    this.#checkRange(offset, buffer.length);
    for (let at = 0; at < buffer.length; ) {
      signal?.throwIfAborted();
      const start = offset + at;
      at += await this.#volume.read((known) =>
        this.#readSome(known, buffer.subarray(at), { offset: start, signal }),
      );
    }
  }

  /** Yields the bytes of a range in pieces of at most a window, read on demand. @throws like `readInto` */
  async *pieces({
    offset,
    length,
    signal,
  }: ImageRangeOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    this.#checkRange(offset, length);
    for (let at = offset; at < offset + length; ) {
      const piece = new Uint8Array(this.#pieceLength(at, offset + length));
      await this.readInto(piece, { offset: at, signal });
      yield piece;
      at += piece.length;
    }
  }

  /** Length up to the usual end of a window, so that a piece needs one window and not parts of two. */
  #pieceLength(at: number, end: number): number {
    const windowLength = this.#memory.windowLengthOf(this.#blockSize);
    return Math.min(end, at - (at % windowLength) + windowLength) - at;
  }

  #checkRange(offset: number, length: number): void {
    const isInside = Number.isSafeInteger(offset) && offset >= 0 && offset + length <= this.size;
    if (isInside && Number.isSafeInteger(length) && length >= 0) return;
    throw new UsageError(`Cannot read ${length} bytes from ${offset} on: the volume has ${this.size} bytes`);
  }

  /** Fills the beginning of `buffer`; returns the number of bytes. */
  async #readSome(
    known: KnownVolume,
    buffer: Uint8Array,
    { offset, signal }: ReadImageOptions,
  ): Promise<number> {
    const expected = await this.#expectedAt(known, offset);
    const zeroLength = this.#zeroLength(known, expected, { offset, lengthMax: buffer.length });
    if (zeroLength > 0) {
      buffer.fill(0, 0, zeroLength);
      return zeroLength;
    }
    const { object, end: segmentEnd } = segmentAt(known.segments, offset);
    const windowLength = this.#memory.windowLengthOf(this.#blockSize);
    const index = Math.floor((offset - object.entry.offset) / windowLength);
    const windowOffset = object.entry.offset + index * windowLength;
    const pageEnd = (expected.firstBlock + PAGE_DIGESTS) * this.#blockSize;
    const end = Math.min(offset + buffer.length, segmentEnd, windowOffset + windowLength, pageEnd);
    const read = { object, index, windowOffset, from: offset, end, expected, signal };
    // A cached window may be older than a repair of the object: a bad block counts only if the store has it.
    const isGood = (await this.#copy(read, buffer)) === undefined;
    const badBlock = isGood ? undefined : await this.#copy(read, buffer);
    if (badBlock === undefined) return end - offset;
    const location = { ...object.location, offset: badBlock * this.#blockSize, blockIndex: badBlock };
    throw new IntegrityError("Cannot read block: its SHA-256 is not the one in the digest table", location);
  }

  /** Copies a part of a window if all its blocks are good; otherwise returns the index of the first bad one. */
  async #copy(read: WindowRead, buffer: Uint8Array): Promise<number | undefined> {
    const { object, index, windowOffset, from, end, signal } = read;
    const window = await this.#memory.window({ object, index, blockSize: this.#blockSize, signal });
    try {
      const badBlock = this.#badBlock(read, window);
      if (badBlock === undefined) buffer.set(window.bytes.subarray(from - windowOffset, end - windowOffset));
      else this.#memory.forget(window);
      return badBlock;
    } finally {
      this.#memory.release(window);
    }
  }

  #badBlock({ windowOffset, from, end, expected }: WindowRead, window: CachedWindow): number | undefined {
    const blockSize = this.#blockSize;
    for (let block = Math.floor(from / blockSize); block < countOf(end, blockSize); block++) {
      const found = digestIn(window.digests, (block * blockSize - windowOffset) / blockSize);
      if (!bytesEqual(found, digestIn(expected.digests, block - expected.firstBlock))) return block;
    }
    return undefined;
  }

  async #expectedAt(known: KnownVolume, offset: number): Promise<Expected> {
    const index = Math.floor(offset / this.#blockSize / PAGE_DIGESTS);
    return {
      firstBlock: index * PAGE_DIGESTS,
      digests: await this.#memory.pages.get(known.digests, index),
    };
  }

  /** How many bytes from `offset` on, at most `lengthMax`, are in blocks that are zero by the page. */
  #zeroLength(
    { zeros }: KnownVolume,
    { firstBlock, digests }: Expected,
    { offset, lengthMax }: { readonly offset: number; readonly lengthMax: number },
  ): number {
    const first = Math.floor(offset / this.#blockSize);
    let block = first;
    for (const end = firstBlock + digests.length / DIGEST_SIZE; block < end; block++) {
      if (block * this.#blockSize >= offset + lengthMax) break;
      const zero = (block + 1) * this.#blockSize > this.size ? zeros.lastBlock : zeros.block;
      if (!bytesEqual(digestIn(digests, block - firstBlock), zero)) break;
    }
    return block === first ? 0 : Math.min(block * this.#blockSize - offset, lengthMax);
  }
}

function digestIn(digests: Uint8Array, index: number): Uint8Array {
  return digests.subarray(index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE);
}
