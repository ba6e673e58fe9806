/** The literals section of a block (RFC 8878 §3.1.1.3.1): as they are, one repeated byte, or prefix codes in one or four streams. */
import { wordAt } from "../prefix-tree";
import { codedSize, COUNT_SHIFT, makeCode, putDescription } from "./huffman";
import { BYTE_COUNTS, BYTE_WORDS, LITERALS } from "./layout";

const RAW: u32 = 0;
const RUN: u32 = 1;
const CODED: u32 = 2;
const CODED_AS_BEFORE: u32 = 3;
/** Fewer literals do not pay for the description of a code, or for four streams. */
const CODED_MIN: i32 = 64;
const FOUR_STREAMS_MIN: i32 = 256;
const STREAM_SIZES: usize = 6;
const WORD_MASK: u32 = 0xffff;

/** The code that the decoder has, and the one for the next block that needs another. */
let known: usize = BYTE_WORDS;
let other: usize = BYTE_WORDS + 1024;
let isKnown: bool = false;
/** Whether the section that was written last has a code that the decoder does not know yet. */
let hasNewCode: bool = false;

export function startLiterals(): void {
  isKnown = false;
}

/** Called when the section that was written last is in the frame. */
export function keepLiterals(): void {
  if (!hasNewCode) return;
  const before = known;
  known = other;
  other = before;
  isKnown = true;
}

/** Writes the section for `length` literals to `to`. Returns its end. */
export function putLiterals(length: i32, to: usize): usize {
  hasNewCode = false;
  if (length < CODED_MIN) return putRaw(length, to);
  const most = count(length);
  if (most == <u32>length) return putRun(length, to);
  const knownBits = isKnown ? codedSize(known) : u32.MAX_VALUE;
  const bits = makeCode(other);
  const header: usize = length < 1024 ? 3 : length < 16384 ? 4 : 5;
  let start = to + header;
  const description = putDescription(start);
  const raw = <u32>length << 3;
  const withOther = description == 0 ? u32.MAX_VALUE : bits + (<u32>description << 3);
  // Less than a hundredth is not worth the time that decoding takes.
  if (min(withOther, knownBits) > raw - (raw >> 7)) return putRaw(length, to);
  const isAsBefore = knownBits <= withOther;
  hasNewCode = !isAsBefore;
  if (hasNewCode) start += <usize>description;
  const end = putStreams(isAsBefore ? known : other, length, start);
  const size = end - to - header;
  if (size >= <usize>length) {
    hasNewCode = false;
    return putRaw(length, to);
  }
  const type = isAsBefore ? CODED_AS_BEFORE : CODED;
  const format: u32 = length < FOUR_STREAMS_MIN ? 0 : <u32>header - 2;
  const sizeBits: u64 = header == 3 ? 10 : header == 4 ? 14 : 18;
  const sizes = (<u64>length << 4) | ((<u64>size) << (4 + sizeBits)) | type | (format << 2);
  for (let i: usize = 0; i < header; i++) store<u8>(to + i, <u8>(sizes >> (<u64>i << 3)));
  return end;
}

/** Counts the literals' bytes. Returns the largest count. */
function count(length: i32): u32 {
  memory.fill(BYTE_COUNTS, 0, 4 * 1024);
  let at = LITERALS;
  for (const end = at + <usize>(length & ~3); at < end; at += 4) {
    const bytes = load<u32>(at);
    add(bytes & 255, 0);
    add((bytes >> 8) & 255, 1);
    add((bytes >> 16) & 255, 2);
    add(bytes >> 24, 3);
  }
  for (const end = LITERALS + <usize>length; at < end; at++) add(load<u8>(at), 0);
  let most: u32 = 0;
  for (let i: usize = 0; i < 1024; i += 4) {
    const counts = BYTE_COUNTS + i;
    const sum = load<u32>(counts) + load<u32>(counts, 1024) + load<u32>(counts, 2048) + load<u32>(counts, 3072);
    store<u32>(counts, sum);
    most = max(most, sum);
  }
  return most;
}

// @ts-ignore: decorator
@inline
function add(byte: u32, table: usize): void {
  const at = BYTE_COUNTS + (table << 10) + (<usize>byte << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** The header of a section without a code. Returns its end. */
function putHeader(type: u32, length: i32, to: usize): usize {
  if (length < 32) {
    store<u8>(to, <u8>(type | (length << 3)));
    return to + 1;
  }
  if (length < 4096) {
    store<u16>(to, <u16>(type | (1 << 2) | (length << 4)));
    return to + 2;
  }
  store<u32>(to, type | (3 << 2) | (length << 4));
  return to + 3;
}

function putRaw(length: i32, to: usize): usize {
  const start = putHeader(RAW, length, to);
  memory.copy(start, LITERALS, length);
  return start + <usize>length;
}

function putRun(length: i32, to: usize): usize {
  const start = putHeader(RUN, length, to);
  store<u8>(start, load<u8>(LITERALS));
  return start + 1;
}

function putStreams(words: usize, length: i32, to: usize): usize {
  if (length < FOUR_STREAMS_MIN) return putStream(words, LITERALS, LITERALS + <usize>length, to);
  const quarter = <usize>((length + 3) >> 2);
  let at = to + STREAM_SIZES;
  for (let stream: usize = 0; stream < 4; stream++) {
    const from = LITERALS + stream * quarter;
    const end = putStream(words, from, stream == 3 ? LITERALS + <usize>length : from + quarter, at);
    if (stream < 3) store<u16>(to + (stream << 1), <u16>(end - at));
    at = end;
  }
  return at;
}

/** Writes the bytes from `from` to `end`, the last one first. Returns the end of the stream. */
function putStream(words: usize, from: usize, end: usize, to: usize): usize {
  let bits: u64 = 0;
  let held: u64 = 0;
  let at = end;
  for (; at >= from + 4; at -= 4) {
    // Four words have 44 bits at most, beside seven that are held.
    const first = wordOf(words, at - 1), second = wordOf(words, at - 2);
    const third = wordOf(words, at - 3), fourth = wordOf(words, at - 4);
    bits |= <u64>(first & WORD_MASK) << held;
    held += first >> COUNT_SHIFT;
    bits |= <u64>(second & WORD_MASK) << held;
    held += second >> COUNT_SHIFT;
    bits |= <u64>(third & WORD_MASK) << held;
    held += third >> COUNT_SHIFT;
    bits |= <u64>(fourth & WORD_MASK) << held;
    held += fourth >> COUNT_SHIFT;
    store<u64>(to, bits);
    to += <usize>(held >> 3);
    bits >>= held & ~7;
    held &= 7;
  }
  for (; at > from; at--) {
    const word = wordOf(words, at - 1);
    bits |= <u64>(word & WORD_MASK) << held;
    held += word >> COUNT_SHIFT;
  }
  bits |= <u64>1 << held;
  store<u64>(to, bits);
  return to + <usize>((held >> 3) + 1);
}

// @ts-ignore: decorator
@inline
function wordOf(words: usize, at: usize): u32 {
  return load<u32>(words + (<usize>load<u8>(at) << 2));
}
