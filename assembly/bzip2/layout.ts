/**
 * Memory layout of an instance, which decodes or encodes one stream at a time. Offsets are fixed; the decoder's part
 * and the encoder's start at the same address, because no instance needs both.
 *
 *   0        static data (none yet; a page's first 4 KiB are reserved for it)
 *   CRC      tables of the checksum
 *   INPUT    input from the host: encoded bytes to decode, plain bytes to encode
 *   ROLE     decoder or encoder state
 */
import { CRC_SIZE } from "./crc";

/** Bytes that the host may pass at once. */
export const INPUT_STEP: i32 = 64 * 1024;
/**
 * Margin in bytes: a decoding step may read this far without a check, because no step takes more than 50 symbols of 20
 * bits. Bytes that a step leaves unread precede the next input.
 */
export const INPUT_MARGIN: i32 = 256;

export const INPUT: usize = 8 * 1024 + CRC_SIZE;
export const INPUT_SIZE: usize = INPUT_STEP + 4 * INPUT_MARGIN;
export const ROLE: usize = INPUT + INPUT_SIZE;

/** Symbols of the largest alphabet: 256 positions, with two run digits for position 0, and the end. */
export const SYMBOLS: i32 = 258;
/** Symbols that share one selector. */
export const GROUP: i32 = 50;
export const TABLES: i32 = 6;
/** Bytes of the largest block after run-length coding. */
export const BLOCK_MAX: i32 = 900000;
/** Groups of the largest block, including its end symbol. */
export const GROUPS_MAX: i32 = BLOCK_MAX / GROUP + 1;

/** Magic numbers of a block and of a stream's end: the digits of pi, and of its square root. */
export const BLOCK_MAGIC: u64 = 0x314159265359;
export const END_MAGIC: u64 = 0x177245385090;
