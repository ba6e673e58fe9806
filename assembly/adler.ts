/** Adler-32 (RFC 1950 §8.2) of a zlib stream that is made of pieces. */

const BASE: u32 = 65521;
/** The most bytes that can be summed before the second sum may overflow 32 bits; happens to be a multiple of 16. */
const STRETCH: usize = 5552;

/** The sum of a vector's four words. */
// @ts-ignore: decorator
@inline
function total(x: v128): u32 {
  return (
    (i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1)) +
    (i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3))
  );
}

/** The two sums. */
let first: u32 = 0;
let second: u32 = 0;

/** Adds a multiple of 16 bytes. In the second sum, each byte is weighted by the number of bytes from it to the end. */
function addStretch(at: usize, length: usize): void {
  const end = at + length;
  let sum = i32x4.splat(0), before = sum, weighted = sum;
  for (; at < end; at += 16) {
    const bytes = v128.load(at);
    before = i32x4.add(before, sum);
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
    weighted = i32x4.add(weighted, i32x4.add(
      i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), i16x8(16, 15, 14, 13, 12, 11, 10, 9)),
      i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), i16x8(8, 7, 6, 5, 4, 3, 2, 1)),
    ));
  }
  second += <u32>length * first + 16 * total(before) + total(weighted);
  first += total(sum);
}

/** The same for one 64-bit word at a time, without SIMD. */
function addStretchByWords(at: usize, length: usize): void {
  const end = at + length;
  let a = first, b = second;
  for (; at < end; at += 8) {
    const word = load<u64>(at);
    a += <u32>word & 255; b += a;
    a += <u32>(word >> 8) & 255; b += a;
    a += <u32>(word >> 16) & 255; b += a;
    a += <u32>(word >> 24) & 255; b += a;
    a += <u32>(word >> 32) & 255; b += a;
    a += <u32>(word >> 40) & 255; b += a;
    a += <u32>(word >> 48) & 255; b += a;
    a += <u32>(word >> 56); b += a;
  }
  first = a;
  second = b;
}

/** The checksum of `length` bytes, continued from the checksum `seed`. The checksum of no bytes is 1. */
export function adler32(at: usize, length: usize, seed: u32): u32 {
  const end = at + length;
  const vectorEnd = end - (length % 16);
  first = seed & 0xffff;
  second = seed >> 16;
  while (at < vectorEnd) {
    const stretch = min(vectorEnd - at, STRETCH);
    if (ASC_FEATURE_SIMD) addStretch(at, stretch);
    else addStretchByWords(at, stretch);
    first %= BASE;
    second %= BASE;
    at += stretch;
  }
  for (; at < end; at++) {
    first += load<u8>(at);
    second += first;
  }
  return (second % BASE) << 16 | first % BASE;
}
