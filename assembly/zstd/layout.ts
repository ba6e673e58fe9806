/**
 * Memory layout of an instance, which encodes one frame at a time. Offsets are fixed, up to the input.
 *
 *   0          static data (the first 4 KiB are reserved for it)
 *   LONGS      the last position for each hash of eight bytes
 *   SHORTS     the last position for each hash of five bytes
 *   LITERALS   the bytes of the current block that no match covers
 *   SEQUENCES  the current block: runs of literals, each followed by a match
 *   CODES      the codes of the sequences' literal lengths, match lengths and offsets
 *   …          tables of the entropy coders
 *   INPUT      the plain bytes of the frame
 *   after it   the frame
 */

/** Plain bytes of a block, at most (RFC 8878 §3.1.1.2.4). */
export const BLOCK_MAX: i32 = 128 * 1024;
/** Plain bytes of a frame, at most. */
export const INPUT_MAX: i32 = 16 * 1024 * 1024;

/** Bits of hashes, at most. */
const LONG_BITS: u32 = 17;
const SHORT_BITS: u32 = 17;
export const LONGS: usize = 4096;
export const SHORTS: usize = LONGS + (4 << LONG_BITS);

/** Literals are copied 16 bytes at a time. */
export const LITERALS: usize = SHORTS + (4 << SHORT_BITS);
export const LITERALS_SIZE: usize = <usize>BLOCK_MAX + 64;

/** Sequences of 12 bytes: number of literals, match length less 3, offset value (RFC 8878 §3.1.1.3.2.1). Matches have four bytes or more. */
export const SEQUENCE_SIZE: usize = 12;
export const SEQUENCES_MAX: i32 = BLOCK_MAX / 4;
export const SEQUENCES: usize = LITERALS + LITERALS_SIZE;

/** One byte for each sequence, in three arrays. */
export const LITERAL_CODES: usize = SEQUENCES + SEQUENCE_SIZE * <usize>(SEQUENCES_MAX + 1);
export const MATCH_CODES: usize = LITERAL_CODES + <usize>SEQUENCES_MAX;
export const OFFSET_CODES: usize = MATCH_CODES + <usize>SEQUENCES_MAX;

/** Four counts (u32) for each byte value, which are added up: the next byte need not wait for the last one's count. */
export const BYTE_COUNTS: usize = OFFSET_CODES + <usize>SEQUENCES_MAX;
/** Code word and its number of bits (from bit 16 on) of each byte value: the last code that was written, and another. */
export const BYTE_WORDS: usize = BYTE_COUNTS + 4 * 1024;
export const BYTE_LENGTHS: usize = BYTE_WORDS + 2 * 1024;
export const BYTE_WEIGHTS: usize = BYTE_LENGTHS + 256;
export const TREE: usize = BYTE_WEIGHTS + 256;

/** Counts (u32) and normalised counts (i16) of up to 64 symbols. */
export const COUNTS: usize = TREE + 16 * 256;
export const NORMALISED: usize = COUNTS + 4 * 64;
/** Work space: the symbol in each cell of a table, and the first state of each symbol. */
export const CELLS: usize = NORMALISED + 2 * 64;
export const FIRST_STATES: usize = CELLS + 512;

/** FSE tables: for each symbol two words, and then the states (u16). */
export const FSE_STATES: usize = 8 * 64;
export const FSE_TABLE_SIZE: usize = FSE_STATES + 2 * 512;
export const FSE_TABLES: usize = FIRST_STATES + 4 * 64;
/** One for weights; for each of three kinds of codes a predefined one and one of the block. */
export const FSE_TABLE_COUNT: usize = 7;

/** Bytes behind the input that may be read but have no effect. */
export const INPUT_MARGIN: usize = 64;
export const INPUT: usize = (FSE_TABLES + FSE_TABLE_COUNT * FSE_TABLE_SIZE + 63) & ~63;

/** Room for frames of `length` plain bytes, and for a compressed block that turns out to be longer than its plain bytes. */
export function outputSize(length: usize): usize {
  return length + (length >> 8) + 2 * <usize>BLOCK_MAX + 1024;
}

export function outputOf(length: usize): usize {
  return (INPUT + length + INPUT_MARGIN + 63) & ~63;
}
