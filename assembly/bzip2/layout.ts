/**
 * The memory of an instance, which decodes or encodes one stream at a time. Offsets are fixed; the decoder's part and
 * the encoder's begin at the same place, because no instance needs both.
 *
 *   0        static data (there is none yet; a page's first 4 KiB are kept free for it)
 *   CRC      tables of the checksum
 *   INPUT    what the host hands in: encoded bytes to decode, plain bytes to encode
 *   ROLE     decoder or encoder state
 */
import { CRC_SIZE } from "./crc";

/** Bytes that the host may hand in at once. */
export const INPUT_STEP: i32 = 64 * 1024;
/**
 * Bytes behind and between: a decoding step may read this far without asking, because no step takes more than 50
 * symbols of 20 bits, and what one step left over is kept in front of the next input.
 */
export const INPUT_MARGIN: i32 = 256;

export const INPUT: usize = 8 * 1024 + CRC_SIZE;
export const INPUT_SIZE: usize = INPUT_STEP + 4 * INPUT_MARGIN;
export const ROLE: usize = INPUT + INPUT_SIZE;

/** Symbols of the largest alphabet: 256 positions, of which position 0 becomes two run digits, and the end. */
export const SYMBOLS: i32 = 258;
/** Symbols that share one selector. */
export const GROUP: i32 = 50;
export const TABLES: i32 = 6;
/** Bytes of the largest block, after its run-length coding. */
export const BLOCK_MAX: i32 = 900000;
/** Groups of the largest block, with its end symbol. */
export const GROUPS_MAX: i32 = BLOCK_MAX / GROUP + 1;

/** What opens a block, and what closes a stream: the digits of pi, and of its square root. */
export const BLOCK_MAGIC: u64 = 0x314159265359;
export const END_MAGIC: u64 = 0x177245385090;
