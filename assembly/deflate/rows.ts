/**
 * Earlier occurrences of the bytes at a position. All positions whose next four bytes share 11 bits of a hash are in one
 * row, which keeps the newest 32 of them. Eight more bits of the hash are a tag, and one vector comparison finds the
 * candidates among 16 tags; there is no chain to follow from one candidate to the next, which makes this 1.5 times as
 * fast as hash chains for the same size of output. A table of the last position for each three bytes finds matches of
 * three.
 *
 * A position is stored as the low 16 bits of its address. The difference of two of them is the distance, up to 64 KiB.
 * Older positions look like other distances; they are rejected like any candidate, because the bytes there differ, and
 * if they do not, the match is valid. So the tables need no maintenance while the window slides.
 */
import { ROW_BITS, ROW_SIZE, ROWS, SHORT_BITS, SHORTS, WINDOW } from "./layout";

/** 2^32 divided by the golden ratio. */
const HASH_FACTOR: u32 = 0x9e3779b1;
/** Offsets in a row. */
const POSITIONS: usize = 32;
const NEWEST: usize = 96;
const PLACE_MASK: u32 = 31;

/** Clears the tables, so that the output depends on nothing but the piece and what precedes it. */
export function clearRows(): void {
  memory.fill(ROWS, 0, ROW_SIZE << ROW_BITS);
  memory.fill(SHORTS, 0, 2 << SHORT_BITS);
}

// @ts-ignore: decorator
@inline
function rowOf(hash: u32): usize {
  return ROWS + <usize>(hash >> (32 - ROW_BITS)) * ROW_SIZE;
}

// @ts-ignore: decorator
@inline
function tagOf(hash: u32): u8 {
  return <u8>(hash >> (24 - ROW_BITS));
}

// @ts-ignore: decorator
@inline
function shortOf(bytes: u32): usize {
  return SHORTS + (<usize>(((bytes << 8) * HASH_FACTOR) >> (32 - SHORT_BITS)) << 1);
}

/** Stores `position` in front of the newest position of `row`. */
// @ts-ignore: decorator
@inline
function addTo(row: usize, newest: u32, tag: u8, position: usize): void {
  const place = (newest - 1) & PLACE_MASK;
  store<u8>(row, <u8>place, NEWEST);
  store<u8>(row + <usize>place, tag);
  store<u16>(row + (<usize>place << 1), <u16>position, POSITIONS);
}

/** Adds the positions from `from` up to `to`, exclusive; reads three bytes more. */
export function addPositions(from: usize, to: usize): void {
  for (let position = from; position < to; position++) {
    const bytes = load<u32>(position);
    const hash = bytes * HASH_FACTOR;
    const row = rowOf(hash);
    addTo(row, load<u8>(row, NEWEST), tagOf(hash), position);
    store<u16>(shortOf(bytes), <u16>position);
  }
}

/** The number of equal bytes at `a` and `b`, at most `lengthMax`. */
// @ts-ignore: decorator
@inline
function commonLength(a: usize, b: usize, lengthMax: i32): i32 {
  let length: i32 = 0;
  do {
    const difference = load<u64>(a + <usize>length) ^ load<u64>(b + <usize>length);
    if (difference != 0) return min(length + <i32>(ctz(difference) >> 3), lengthMax);
    length += 8;
  } while (length < lengthMax);
  return lengthMax;
}

/** A bit for each position whose tag is `tag`, the newest first. */
// @ts-ignore: decorator
@inline
function candidatesIn(row: usize, newest: u32, tag: u8): u32 {
  const tags = i8x16.splat(<i8>tag);
  const low = <u32>i8x16.bitmask(i8x16.eq(v128.load(row), tags));
  const high = <u32>i8x16.bitmask(i8x16.eq(v128.load(row, 16), tags));
  return rotr(low | (high << 16), newest);
}

/**
 * Adds `position`, and finds the longest earlier occurrence of its bytes that is longer than `bestLength`.
 * @param start the first byte that a match may refer to
 * @param lengthMax 4 to 258
 * @param bestLength at least 2
 * @param depth the most candidates to compare
 * @param niceLength a match of this length ends the search
 * @returns the length above 16 bits of distance; `bestLength` and distance 0 if there is none
 */
// @ts-ignore: decorator
@inline
export function longestMatch(
  position: usize,
  start: usize,
  lengthMax: i32,
  bestLength: i32,
  depth: i32,
  niceLength: i32,
): u32 {
  const bytes = load<u32>(position);
  const hash = bytes * HASH_FACTOR;
  const row = rowOf(hash);
  const tag = tagOf(hash);
  const newest: u32 = load<u8>(row, NEWEST);
  let candidates = candidatesIn(row, newest, tag);
  const distanceMax: u32 = min(<u32>(position - start), WINDOW);
  let bestDistance: u32 = 0;

  const short = shortOf(bytes);
  if (bestLength < 3) {
    const distance = (<u32>position - <u32>load<u16>(short)) & 0xffff;
    if (distance - 1 < distanceMax && ((load<u32>(position - distance) ^ bytes) & 0xffffff) == 0) {
      bestLength = 3;
      bestDistance = distance;
    }
  }
  store<u16>(short, <u16>position);

  // Four bytes that end where the match would become longer: most candidates differ there.
  let last = position + <usize>(max(bestLength, 3) - 3);
  let lastBytes = load<u32>(last);
  while (candidates != 0) {
    const place = (ctz(candidates) + newest) & PLACE_MASK;
    candidates &= candidates - 1;
    const distance = (<u32>position - <u32>load<u16>(row + (<usize>place << 1), POSITIONS)) & 0xffff;
    if (distance - 1 >= distanceMax) break;
    if (load<u32>(last - distance) == lastBytes) {
      const length = commonLength(position, position - distance, lengthMax);
      if (length > bestLength) {
        bestLength = length;
        bestDistance = distance;
        if (length >= niceLength || length >= lengthMax) break;
        last = position + <usize>(max(length, 3) - 3);
        lastBytes = load<u32>(last);
      }
    }
    if (--depth <= 0) break;
  }
  addTo(row, newest, tag, position);
  return (<u32>bestLength << 16) | bestDistance;
}
