/**
 * Divides a block into literals and matches. Two tables have the last position for each hash of eight bytes and of five;
 * a match of eight is preferred. Before both, the last offset is tried one byte ahead, because structured data repeats
 * its offsets. Of a run of many literals, ever fewer positions are searched.
 */
import { LITERALS, LONGS, SEQUENCE_SIZE, SEQUENCES, SHORTS } from "./layout";

const LONG_FACTOR: u64 = 0x9e3779b97f4a7c15;
const SHORT_FACTOR: u64 = 0xcf1bbcdcbb << 24;
/** Bits of the two tables' hashes at levels 1 to 3. */
const LONG_BITS_BY_LEVEL: usize = memory.data<u8>([15, 16, 17]);
const SHORT_BITS_BY_LEVEL: usize = memory.data<u8>([14, 15, 17]);
/** A run of 2^n literals is searched at every second position, of twice as many at every third, and so on. */
const SKIP_SHIFTS: usize = memory.data<u8>([6, 7, 8]);
const MATCH_BASE: u32 = 3;
/** Offset values of a new offset begin behind those of three repeated ones. */
const OFFSET_BASE: u32 = 3;
const REPEATED: u32 = 1;
/** Positions this close to the end of a block are not searched. */
const TAIL: usize = 8;

/** The last two offsets. The decoder's third is never used. */
let lastOffset: u32 = 1;
let earlierOffset: u32 = 4;
let sequence: usize = SEQUENCES;
let literals: usize = LITERALS;
let longShift: u64 = 0;
let shortShift: u64 = 0;
let skipShift: u32 = 0;

/**
 * Begins a frame. Tables are no larger than the input needs, because clearing them takes time.
 * @param level 1 to 3: fast to small
 */
export function startMatching(length: i32, level: i32): void {
  const bits = max<u32>(32 - clz(<u32>length), 8);
  const place = <usize>level - 1;
  const longBits = min<u32>(bits, load<u8>(LONG_BITS_BY_LEVEL + place));
  const shortBits = min<u32>(bits, load<u8>(SHORT_BITS_BY_LEVEL + place));
  skipShift = load<u8>(SKIP_SHIFTS + place);
  longShift = 64 - <u64>longBits;
  shortShift = 64 - <u64>shortBits;
  memory.fill(LONGS, 0, 4 << longBits);
  memory.fill(SHORTS, 0, 4 << shortBits);
  lastOffset = 1;
  earlierOffset = 4;
}

/** End of the sequences, and of the literals, of the block that was divided last. */
export function sequencesEnd(): usize {
  return sequence;
}

export function literalsEnd(): usize {
  return literals;
}

export function offsets(): u64 {
  return (<u64>earlierOffset << 32) | lastOffset;
}

/** Restores the offsets before a block whose sequences the decoder does not get. */
export function setOffsets(both: u64): void {
  lastOffset = <u32>both;
  earlierOffset = <u32>(both >> 32);
}

// @ts-ignore: decorator
@inline
function longOf(bytes: u64): usize {
  return LONGS + (<usize>((bytes * LONG_FACTOR) >> longShift) << 2);
}

// @ts-ignore: decorator
@inline
function shortOf(bytes: u64): usize {
  return SHORTS + (<usize>((bytes * SHORT_FACTOR) >> shortShift) << 2);
}

/** The number of equal bytes at `a` and at `b`, which is before it, up to `end`. */
// @ts-ignore: decorator
@inline
function commonLength(a: usize, b: usize, end: usize): usize {
  const from = a;
  while (a < end) {
    const difference = load<u64>(a) ^ load<u64>(b);
    if (difference != 0) return min(a + <usize>(ctz(difference) >> 3), end) - from;
    a += 8;
    b += 8;
  }
  return end - from;
}

/** Whether all bytes of the block are the same. */
export function isRun(from: usize, end: usize): bool {
  return end - from > 1 && commonLength(from + 1, from, end) == end - from - 1;
}

// @ts-ignore: decorator
@inline
function addLiterals(from: usize, to: usize): void {
  let target = literals;
  literals += to - from;
  while (from < to) {
    v128.store(target, v128.load(from));
    from += 16;
    target += 16;
  }
}

// @ts-ignore: decorator
@inline
function addSequence(anchor: usize, position: usize, length: usize, offsetValue: u32): void {
  addLiterals(anchor, position);
  store<u32>(sequence, <u32>(position - anchor));
  store<u32>(sequence, <u32>length - MATCH_BASE, 4);
  store<u32>(sequence, offsetValue, 8);
  sequence += SEQUENCE_SIZE;
}

// @ts-ignore: decorator
@inline
function addBoth(position: usize): void {
  const bytes = load<u64>(position);
  store<u32>(longOf(bytes), <u32>position);
  store<u32>(shortOf(bytes), <u32>position);
}

/**
 * Divides the bytes from `from` up to `end`.
 * @param start the first byte that a match may begin at, `from` only in the first block of a frame
 */
export function divide(start: usize, from: usize, end: usize): void {
  sequence = SEQUENCES;
  literals = LITERALS;
  let anchor = from;
  let position = from;
  // From the fourth byte on, the offsets at the start of a frame lead to bytes of the frame.
  if (from == start) position += 4;
  const limit = end - from > TAIL ? end - TAIL : from;
  while (position < limit) {
    const bytes = load<u64>(position);
    const longAt = longOf(bytes);
    const shortAt = shortOf(bytes);
    let candidate = <usize>load<u32>(longAt);
    const short = <usize>load<u32>(shortAt);
    store<u32>(longAt, <u32>position);
    store<u32>(shortAt, <u32>position);
    const searched = position;
    let length: usize = 0;
    if (load<u32>(position + 1 - lastOffset) == <u32>(bytes >> 8)) {
      position++;
      length = 4 + commonLength(position + 4, position + 4 - lastOffset, end);
      addSequence(anchor, position, length, REPEATED);
    } else {
      if (load<u64>(candidate) == bytes && candidate >= start) {
        length = 8 + commonLength(position + 8, candidate + 8, end);
      } else if (load<u32>(short) == <u32>bytes && short >= start) {
        const next = load<u64>(position + 1);
        const nextAt = longOf(next);
        candidate = <usize>load<u32>(nextAt);
        store<u32>(nextAt, <u32>position + 1);
        if (load<u64>(candidate) == next && candidate >= start) {
          position++;
          length = 8 + commonLength(position + 8, candidate + 8, end);
        } else {
          candidate = short;
          length = 4 + commonLength(position + 4, candidate + 4, end);
        }
      } else {
        position += ((position - anchor) >> skipShift) + 1;
        continue;
      }
      while (position > anchor && candidate > start && load<u8>(position - 1) == load<u8>(candidate - 1)) {
        position--;
        candidate--;
        length++;
      }
      const offset = <u32>(position - candidate);
      if (offset == lastOffset && position > anchor) {
        addSequence(anchor, position, length, REPEATED);
      } else {
        addSequence(anchor, position, length, offset + OFFSET_BASE);
        earlierOffset = lastOffset;
        lastOffset = offset;
      }
    }
    position += length;
    anchor = position;
    if (position >= limit) break;
    addBoth(searched + 2);
    addBoth(position - 2);
    store<u32>(shortOf(load<u64>(position - 1)), <u32>(position - 1));
    // Without literals between, the first of the repeated offsets is the earlier one.
    while (position < limit && load<u32>(position) == load<u32>(position - earlierOffset)) {
      length = 4 + commonLength(position + 4, position + 4 - earlierOffset, end);
      const offset = earlierOffset;
      earlierOffset = lastOffset;
      lastOffset = offset;
      addBoth(position);
      addSequence(position, position, length, REPEATED);
      position += length;
      anchor = position;
    }
  }
  addLiterals(anchor, end);
}
