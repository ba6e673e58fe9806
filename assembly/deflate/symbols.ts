/** Symbols and extra bits of match lengths and distances (RFC 1951 §3.2.5). */

/** Symbols of lengths 3 to 258, minus 257. */
const LENGTH_SYMBOLS_OF: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15,
  16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19,
  19, 19, 19, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21,
  21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23, 23, 23, 23,
  23, 23, 23, 23, 23, 23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
  24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25,
  25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26,
  26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27,
  27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 28,
]);
/** The shortest length of each length symbol, and its number of extra bits. */
const LENGTH_BASES: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const LENGTH_EXTRAS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

export const MATCH_MIN: i32 = 3;
export const MATCH_MAX: i32 = 258;
/** The first length symbol in the literal alphabet. */
export const FIRST_LENGTH: i32 = 257;
export const LENGTH_SYMBOL_COUNT: i32 = 29;

// @ts-ignore: decorator
@inline
export function lengthSymbol(length: i32): i32 {
  return FIRST_LENGTH + <i32>load<u8>(LENGTH_SYMBOLS_OF + <usize>(length - MATCH_MIN));
}

export function lengthBase(symbol: i32): i32 {
  return load<u16>(LENGTH_BASES + (<usize>(symbol - FIRST_LENGTH) << 1));
}

export function lengthExtraBits(symbol: i32): u32 {
  return load<u8>(LENGTH_EXTRAS + <usize>(symbol - FIRST_LENGTH));
}

/** There are two symbols for each power of two; all but the first two bits are extra bits. */
// @ts-ignore: decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  const index = distance - 1;
  if (index < 2) return index;
  const log = 31 - clz(index);
  return (log << 1) | ((index >> (log - 1)) & 1);
}

// @ts-ignore: decorator
@inline
export function distanceExtraBits(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}
