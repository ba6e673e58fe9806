/**
 * Finds the frames of zstd data (RFC 8878 §3) without decoding them.
 *
 * Decoders disagree about what may follow a frame. This scanner distinguishes further frames, skippable frames and
 * other bytes in the same way on every runtime. It rejects a frame that would take too much memory at its header,
 * before anything is allocated for it.
 */

/** The largest window, 128 MiB: the `zstd` command's default limit. */
export const WINDOW_SIZE_MAX: number = 2 ** 27;
/** Plain bytes of one block. */
export const BLOCK_SIZE_MAX: number = 128 * 1024;

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_SIZE = 4;
/** Magic number, descriptor, window, dictionary id, content size. */
const HEADER_SIZE_MAX = 18;
const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export interface FrameHeader {
  /** Bytes of history that the frame's blocks may refer to. */
  readonly windowSize: number;
  /** Plain bytes of the frame, if its header has them. */
  readonly contentSize: number | undefined;
  readonly hasChecksum: boolean;
}

/** The parts of a frame, in order. `bytes` is a copy in a header and an end, a view of the scanned bytes in a block. */
export type FramePart =
  | { readonly kind: "header"; readonly header: FrameHeader; readonly bytes: Uint8Array }
  /** The next bytes of a block, which begins with its three-byte header. */
  | { readonly kind: "block"; readonly bytes: Uint8Array; readonly isBlockEnd: boolean }
  /** After the last block: the checksum, or nothing. */
  | { readonly kind: "end"; readonly bytes: Uint8Array };

type Field = "magic" | "header" | "skip size" | "block header" | "checksum";

/** Scans data that comes in pieces of any size. */
export class FrameScanner {
  /** The field that is being collected, since a piece may end inside it. */
  #field: Field = "magic";
  readonly #gathered = new Uint8Array(HEADER_SIZE_MAX);
  #gatheredSize = 0;
  #wantedSize = MAGIC_SIZE;
  /** Bytes to pass before the next field. */
  #left = 0;
  #isSkipping = false;
  #isLastBlock = false;
  #header: FrameHeader | undefined;
  #frameCount = 0;
  #position = 0;

  /** End of the latest part, as a position in the scanned bytes. */
  get position(): number {
    return this.#position;
  }

  /** Yields the parts of frames in `bytes`. @throws Error at the first invalid byte */
  *scan(bytes: Uint8Array): Generator<FramePart, void, void> {
    for (let at = 0; at < bytes.length; ) {
      const wanted = this.#left > 0 ? this.#left : this.#wantedSize - this.#gatheredSize;
      const piece = bytes.subarray(at, at + wanted);
      at += piece.length;
      this.#position = at;
      if (this.#left > 0) {
        this.#left -= piece.length;
        if (!this.#isSkipping) yield* this.#blockPart(piece);
        continue;
      }
      this.#gathered.set(piece, this.#gatheredSize);
      this.#gatheredSize += piece.length;
      if (this.#gatheredSize === this.#wantedSize) yield* this.#takeField();
    }
  }

  /** @throws Error when the data ended inside a frame, or had none */
  finish(): void {
    const isBetweenFrames = this.#field === "magic" && this.#left === 0 && this.#frameCount > 0;
    if (!isBetweenFrames) throw new Error("the data ends inside a frame");
    if (this.#gatheredSize > 0) throw new Error("bytes follow the end of the frame");
  }

  *#takeField(): Generator<FramePart, void, void> {
    const bytes = this.#gathered.slice(0, this.#gatheredSize);
    const number = littleEndian(bytes, 0, Math.min(bytes.length, 4));
    switch (this.#field) {
      case "magic":
        this.#takeMagic(number);
        break;
      case "skip size":
        this.#left = number;
        this.#frameCount++;
        this.#want("magic", MAGIC_SIZE);
        break;
      case "header":
        yield* this.#takeHeader(bytes);
        break;
      case "block header":
        this.#takeBlockHeader(number);
        yield* this.#blockPart(bytes);
        break;
      case "checksum":
        yield this.#endFrame(bytes);
        break;
    }
  }

  #want(field: Field, size: number): void {
    this.#field = field;
    this.#wantedSize = size;
    this.#gatheredSize = 0;
  }

  #takeMagic(magic: number): void {
    this.#isSkipping = (magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC;
    if (this.#isSkipping) {
      this.#want("skip size", 4);
    } else if (magic === MAGIC) {
      // The magic number stays in the collected bytes, because it is part of the header's.
      this.#field = "header";
      this.#wantedSize = MAGIC_SIZE + 1;
    } else {
      throw new Error(this.#frameCount === 0 ? "it is not a frame" : "bytes follow the end of the frame");
    }
  }

  *#takeHeader(bytes: Uint8Array): Generator<FramePart, void, void> {
    const size = headerSizeOf(bytes[MAGIC_SIZE]!);
    if (bytes.length < size) {
      this.#wantedSize = size;
      return;
    }
    this.#header = parseHeader(bytes);
    this.#want("block header", BLOCK_HEADER_SIZE);
    yield { kind: "header", header: this.#header, bytes };
  }

  #takeBlockHeader(number: number): void {
    this.#isLastBlock = (number & 1) === 1;
    const type = (number >> 1) & 3;
    const size = number >> 3;
    if (type === BLOCK_RESERVED) throw new Error("a block is of an unknown type");
    if (size > Math.min(BLOCK_SIZE_MAX, this.#header!.windowSize))
      throw new Error("a block is larger than its frame allows");
    this.#left = type === BLOCK_RLE ? 1 : size;
    this.#want("block header", BLOCK_HEADER_SIZE);
  }

  *#blockPart(bytes: Uint8Array): Generator<FramePart, void, void> {
    const isBlockEnd = this.#left === 0;
    yield { kind: "block", bytes, isBlockEnd };
    if (!isBlockEnd || !this.#isLastBlock) return;
    if (this.#header!.hasChecksum) this.#want("checksum", CHECKSUM_SIZE);
    else yield this.#endFrame(new Uint8Array(0));
  }

  #endFrame(bytes: Uint8Array): FramePart {
    this.#frameCount++;
    this.#want("magic", MAGIC_SIZE);
    return { kind: "end", bytes };
  }
}

/** Bytes of a header with this descriptor, from the magic number on. */
function headerSizeOf(descriptor: number): number {
  const windowBytes = isSingleSegment(descriptor) ? 0 : 1;
  return MAGIC_SIZE + 1 + windowBytes + dictionaryIdSizeOf(descriptor) + contentSizeSizeOf(descriptor);
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

function dictionaryIdSizeOf(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3]!;
}

function contentSizeSizeOf(descriptor: number): number {
  return [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
}

/** The header of the frame that `bytes` begin with; `undefined` if there is none, or the frame cannot be decoded. */
export function headerIn(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < MAGIC_SIZE + 1 || littleEndian(bytes, 0, MAGIC_SIZE) !== MAGIC) return undefined;
  const size = headerSizeOf(bytes[MAGIC_SIZE]!);
  if (bytes.length < size) return undefined;
  try {
    return parseHeader(bytes.subarray(0, size));
  } catch {
    return undefined;
  }
}

/** @param bytes a whole header, from the magic number on @throws Error for a frame that cannot be decoded */
function parseHeader(bytes: Uint8Array): FrameHeader {
  const descriptor = bytes[MAGIC_SIZE]!;
  if ((descriptor & 0x08) !== 0) throw new Error("its frame header has a reserved bit set");
  const dictionaryIdSize = dictionaryIdSizeOf(descriptor);
  const contentSizeSize = contentSizeSizeOf(descriptor);
  const contentSizeAt = bytes.length - contentSizeSize;
  if (littleEndian(bytes, contentSizeAt - dictionaryIdSize, dictionaryIdSize) !== 0) {
    throw new Error("it needs a dictionary");
  }
  const content = littleEndian(bytes, contentSizeAt, contentSizeSize) + (contentSizeSize === 2 ? 256 : 0);
  const contentSize = contentSizeSize === 0 ? undefined : content;
  const windowSize = isSingleSegment(descriptor) ? content : windowSizeOf(bytes[MAGIC_SIZE + 1]!);
  if (windowSize > WINDOW_SIZE_MAX) {
    throw new Error(`it needs a window of ${windowSize} bytes, which is more than ${WINDOW_SIZE_MAX}`);
  }
  return { windowSize, contentSize, hasChecksum: (descriptor & 0x04) !== 0 };
}

function windowSizeOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Sizes from 2^53 lose their lowest bits, which is harmless: nothing is that large. */
function littleEndian(bytes: Uint8Array, from: number, size: number): number {
  let number = 0;
  for (let i = size - 1; i >= 0; i--) number = number * 256 + bytes[from + i]!;
  return number;
}
