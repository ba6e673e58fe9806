/**
 * Memory layout of an instance, which deflates one piece at a time. Offsets are fixed.
 *
 *   0          static data (the first 4 KiB are reserved for it)
 *   ROWS       earlier positions, by a hash of their next four bytes
 *   SHORTS     the last position for each hash of three bytes
 *   SEQUENCES  the current block: runs of literals, each followed by a match
 *   …          frequencies, code lengths and code words of the block
 *   TREE       work space for prefix codes
 *   INPUT      up to 32 KiB that precede the piece, then the piece
 *   OUTPUT     the encoded piece
 */

/** The farthest that a match can refer back (RFC 1951 §2). */
export const WINDOW: i32 = 32768;
/** Bytes of the longest piece. */
export const PIECE_MAX: i32 = 1024 * 1024;

/** A row has 32 tags of one byte, 32 positions of two bytes, and the place of the newest position. */
export const ROW_BITS: u32 = 11;
export const ROW_SIZE: usize = 128;
export const ROWS: usize = 4096;
export const SHORT_BITS: u32 = 15;
export const SHORTS: usize = ROWS + (ROW_SIZE << ROW_BITS);

/** Sequences of 8 bytes: number of literals (u32), then length (u16; 0 at the end of a block) and distance (u16) of the match. */
export const SEQUENCES: usize = SHORTS + (2 << SHORT_BITS);
export const SEQUENCES_MAX: i32 = 48 * 1024;

/** 256 literals, the end of a block, and 29 match lengths; two more have code words in fixed codes but no meaning. */
export const LITERAL_SYMBOLS: i32 = 288;
export const DISTANCE_SYMBOLS: i32 = 30;
export const LENGTH_SYMBOLS: i32 = 19;
export const END_OF_BLOCK: i32 = 256;

/** Frequencies (u32), code words (u32) and code lengths (u8) of each alphabet. */
export const LITERAL_FREQUENCIES: usize = SEQUENCES + 8 * (<usize>SEQUENCES_MAX + 1);
export const DISTANCE_FREQUENCIES: usize = LITERAL_FREQUENCIES + 4 * LITERAL_SYMBOLS;
export const LENGTH_FREQUENCIES: usize = DISTANCE_FREQUENCIES + 4 * 32;
export const LITERAL_WORDS: usize = LENGTH_FREQUENCIES + 4 * 32;
export const DISTANCE_WORDS: usize = LITERAL_WORDS + 4 * LITERAL_SYMBOLS;
export const LENGTH_WORDS: usize = DISTANCE_WORDS + 4 * 32;
/** Code words of match lengths 0 to 258, including their extra bits. */
export const MATCH_WORDS: usize = LENGTH_WORDS + 4 * 32;
export const LITERAL_LENGTHS: usize = MATCH_WORDS + 4 * 260;
export const DISTANCE_LENGTHS: usize = LITERAL_LENGTHS + LITERAL_SYMBOLS + 32;
export const LENGTH_LENGTHS: usize = DISTANCE_LENGTHS + 64;
/** The run-length coded list in a block's header: symbol (u8) and extra bits (u8). */
export const HEADER: usize = LENGTH_LENGTHS + 32;
/** Frequencies since the last look at the statistics, in the same order as the block's. */
export const UNIT_LITERAL_FREQUENCIES: usize = HEADER + 2 * 352;
export const UNIT_DISTANCE_FREQUENCIES: usize = UNIT_LITERAL_FREQUENCIES + 4 * LITERAL_SYMBOLS;
export const TREE: usize = UNIT_DISTANCE_FREQUENCIES + 4 * 32;
export const TREE_SIZE: usize = 16 * LITERAL_SYMBOLS;

/**
 * Bytes behind the input that may be read but have no effect: matches are compared eight bytes at a time. Also the
 * distance before the input from which a position may be read, because unused positions are zero.
 */
export const INPUT_MARGIN: usize = 512;
export const INPUT: usize = (TREE + TREE_SIZE + 63) & ~63;
export const OUTPUT: usize = INPUT + <usize>WINDOW + <usize>PIECE_MAX + INPUT_MARGIN;
/** Stored blocks are the longest: five bytes for each 64 KiB, and a flush. */
export const OUTPUT_SIZE: usize = <usize>PIECE_MAX + 1024;
export const MEMORY_SIZE: usize = OUTPUT + OUTPUT_SIZE;
