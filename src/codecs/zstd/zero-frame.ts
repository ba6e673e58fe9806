/**
 * A zstd frame of zeros (RFC 8878), made without zeros: four bytes for each block of 128 KiB. Its window is one block,
 * so that it can be decoded in little memory. Like the frames of the reference system, it has no checksum.
 */
import { Repeated } from "../repeated.js";
import { BLOCK_SIZE_MAX } from "./frames/frames.js";

/** Magic number; a content size of eight bytes follows, and a window of 128 KiB. */
const HEAD: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x38];
const BLOCK_RLE = 1;
const BLOCK_COMPRESSED = 2;
/** Literals that repeat one byte, with a size of 20 bits. */
const RLE_LITERALS = 0b1101;

const fullBlocks = new Repeated(repeatedZeros(BLOCK_SIZE_MAX, false));

/** The frame in arrays, some of them more than once; nobody may change them. */
export function zeroFrame(length: number): readonly Uint8Array<ArrayBuffer>[] {
  const first = Math.min(length, BLOCK_SIZE_MAX);
  const rest = length - first;
  const full = Math.max(0, Math.ceil(rest / BLOCK_SIZE_MAX) - 1);
  const last = rest - full * BLOCK_SIZE_MAX;
  const head = Uint8Array.of(...HEAD, ...contentSize(length), ...firstBlock(first, rest === 0));
  return [head, ...fullBlocks.times(full), ...(rest === 0 ? [] : [repeatedZeros(last, true)])];
}

function contentSize(length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  return bytes;
}

/** A compressed block without sequences: the `zstd` command up to 1.4.3 refuses a frame that begins with another kind. */
function firstBlock(length: number, isLast: boolean): readonly number[] {
  const content = [...littleEndian24(RLE_LITERALS | (length << 4)), 0, 0];
  return [...blockHeader(content.length, BLOCK_COMPRESSED, isLast), ...content];
}

function repeatedZeros(length: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...blockHeader(length, BLOCK_RLE, isLast), 0);
}

function blockHeader(size: number, type: number, isLast: boolean): readonly number[] {
  return littleEndian24((size << 3) | (type << 1) | (isLast ? 1 : 0));
}

function littleEndian24(number: number): readonly number[] {
  return [number & 0xff, (number >> 8) & 0xff, (number >> 16) & 0xff];
}
