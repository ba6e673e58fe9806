/** Memory layout of an instance that encodes. */
import { BLOCK_MAX, ROLE, SYMBOLS, TABLES } from "./layout";

/** The block, after its run-length coding, and room to repeat its beginning. */
export const BLOCK: usize = ROLE;
const BLOCK_SIZE: usize = <usize>BLOCK_MAX + 64;
/** A second copy, which starts with the block's least rotation. */
export const ROTATED: usize = BLOCK + BLOCK_SIZE;
/** Four bytes per byte of the block: the sorted suffixes, then the encoded block. */
export const SUFFIXES: usize = ROTATED + BLOCK_SIZE;
/**
 * Two bytes per byte of the block: first the bucket bounds of a reduced text, which has at most half as many symbols as
 * the block has bytes; later the symbols to code, one more than the block has bytes.
 */
export const CODED: usize = SUFFIXES + 4 * (<usize>BLOCK_MAX + 16);
/** Bucket bounds of the block itself. */
export const BYTE_BUCKETS: usize = CODED + 2 * (<usize>BLOCK_MAX + 16);
export const RECENT: usize = BYTE_BUCKETS + 4 * 256;
export const BYTE_USED: usize = RECENT + 256;
/** Frequency of each symbol: in the block, then in the groups of each table. */
export const FREQUENCIES: usize = BYTE_USED + 256;
export const TABLE_FREQUENCIES: usize = FREQUENCIES + 4 * 264;
/** Per table, symbol by symbol: length of the code word (u8), and the code word (u32). */
export const LENGTHS: usize = TABLE_FREQUENCIES + <usize>TABLES * 4 * 264;
export const CODES: usize = LENGTHS + <usize>TABLES * 264;
/** Per symbol, its lengths in all tables, packed. */
export const COSTS: usize = CODES + <usize>TABLES * 4 * 264;
export const SELECTORS: usize = COSTS + 8 * 264;
/** Working memory for the construction of code lengths. */
export const TREE: usize = (SELECTORS + <usize>BLOCK_MAX / 50 + 64 + 7) & ~7;
export const ENCODER_END: usize = TREE + 4 * 4 * <usize>SYMBOLS;

/** Stride in bytes between the tables' rows of lengths; for rows of words it is four times as large. */
export const ROW: usize = 264;

/**
 * The encoded block overwrites the suffixes. It always fits into their four bytes per byte of the block, because a
 * symbol takes at most 17 bits.
 */
export const ENCODED: usize = SUFFIXES;
