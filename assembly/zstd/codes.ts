/** Codes of literal lengths and match lengths (RFC 8878 §3.1.1.3.2.1.1), and the predefined codes of their codes. */

export const LITERAL_KIND: i32 = 0;
export const OFFSET_KIND: i32 = 1;
export const MATCH_KIND: i32 = 2;

/** Lengths from here on have as many extra bits as they have bits, less one. */
const LITERALS_LONG: u32 = 64;
const LITERALS_LONG_CODE: u32 = 19;
const MATCHES_LONG: u32 = 128;
const MATCHES_LONG_CODE: u32 = 36;

/** The codes of shorter lengths. */
const LITERAL_CODES: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 20, 20, 21, 21, 21, 21,
  22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23, 23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
  24, 24,
]);
const MATCH_CODES: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
  32, 32, 33, 33, 34, 34, 35, 35, 36, 36, 36, 36, 37, 37, 37, 37, 38, 38, 38, 38, 38, 38, 38, 38, 39, 39, 39, 39, 39, 39,
  39, 39, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 41, 41, 41, 41, 41, 41, 41, 41, 41, 41, 41, 41,
  41, 41, 41, 41, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42,
  42, 42, 42, 42, 42, 42,
]);

/** Number of extra bits by code. A length's own low bits are its extra bits, because the codes' first lengths are aligned to them. */
const LITERAL_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
const MATCH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3,
  4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);

/** Normalised counts of the predefined codes (RFC 8878 §3.1.1.3.2.2). */
const PREDEFINED_LITERALS: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
const PREDEFINED_OFFSETS: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
]);
const PREDEFINED_MATCHES: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
]);

// @ts-ignore: decorator
@inline
export function literalCode(length: u32): u32 {
  return length < LITERALS_LONG ? load<u8>(LITERAL_CODES + <usize>length) : 31 - clz(length) + LITERALS_LONG_CODE;
}

/** @param length the match's length, less 3 */
// @ts-ignore: decorator
@inline
export function matchCode(length: u32): u32 {
  return length < MATCHES_LONG ? load<u8>(MATCH_CODES + <usize>length) : 31 - clz(length) + MATCHES_LONG_CODE;
}

// @ts-ignore: decorator
@inline
export function literalBits(code: u32): u32 {
  return load<u8>(LITERAL_BITS + <usize>code);
}

// @ts-ignore: decorator
@inline
export function matchBits(code: u32): u32 {
  return load<u8>(MATCH_BITS + <usize>code);
}

/** The normalised counts of the predefined code of a kind of codes, the last symbol that it has, and its log. */
export function predefinedOf(kind: i32): usize {
  return kind == LITERAL_KIND ? PREDEFINED_LITERALS : kind == OFFSET_KIND ? PREDEFINED_OFFSETS : PREDEFINED_MATCHES;
}

export function predefinedMax(kind: i32): i32 {
  return kind == LITERAL_KIND ? 35 : kind == OFFSET_KIND ? 28 : 52;
}

export function predefinedLog(kind: i32): u32 {
  return kind == OFFSET_KIND ? 5 : 6;
}

/** The most bits of a state of a block's own code. */
export function logMaxOf(kind: i32): u32 {
  return kind == OFFSET_KIND ? 8 : 9;
}
