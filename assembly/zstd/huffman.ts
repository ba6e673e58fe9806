/** The prefix code of literals (RFC 8878 §4.2): code words of up to 11 bits, described by their weights. */
import { alignBits, at, putBits, startBits } from "../bit-output";
import { findLengths, leafOf, setWord, wordAt } from "../prefix-tree";
import { firstState, lostBits, makeTable, nextState, normalise, putNormalised, tableLogOf } from "./fse";
import { BYTE_COUNTS, BYTE_LENGTHS, BYTE_WEIGHTS, COUNTS, FSE_TABLES, TREE } from "./layout";

export const WORD_MAX: u32 = 11;
/** A code word is stored with its number of bits. */
export const COUNT_SHIFT: u32 = 16;
const WEIGHTS_LOG: u32 = 6;
/** Up to this many weights may be described as they are, by four bits each. */
const PLAIN_WEIGHTS_MAX: i32 = 128;

/** Makes the code of BYTE_COUNTS, of which at least two are not zero. Returns the size in bits of all its words. */
export function makeCode(words: usize): u32 {
  for (let shift: u32 = 0; !tryLengths(shift); shift++);
  let starts: u64 = 0;
  for (let length: u32 = WORD_MAX; length > 0; length--) {
    // The longest words have the smallest values.
    let word = <u32>starts;
    for (let symbol = 0; symbol < 256; symbol++) {
      if (load<u8>(BYTE_LENGTHS + <usize>symbol) != length) continue;
      setWord(words, symbol, word++ | (length << COUNT_SHIFT));
    }
    starts = word >> 1;
  }
  let bits: u32 = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const length = <u32>load<u8>(BYTE_LENGTHS + <usize>symbol);
    if (length == 0) setWord(words, symbol, 0);
    bits += length * wordAt(BYTE_COUNTS, symbol);
  }
  return bits;
}

/** The size in bits of the counted bytes in another code; `u32.MAX_VALUE` if it does not have all of them. */
export function codedSize(words: usize): u32 {
  let bits: u32 = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const count = wordAt(BYTE_COUNTS, symbol);
    const word = wordAt(words, symbol);
    if (count != 0 && word == 0) return u32.MAX_VALUE;
    bits += count * (word >> COUNT_SHIFT);
  }
  return bits;
}

function tryLengths(shift: u32): bool {
  memory.fill(BYTE_LENGTHS, 0, 256);
  let used = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const count = wordAt(BYTE_COUNTS, symbol);
    if (count != 0) setWord(TREE, used++, leafOf(max(count >> shift, 1), symbol));
  }
  return findLengths(TREE, used, BYTE_LENGTHS, WORD_MAX);
}

/**
 * Writes the description of the code that was made last to `to` (RFC 8878 §4.2.1). Returns its size in bytes; 0 if it
 * cannot be described.
 */
export function putDescription(to: usize): i32 {
  let symbolMax = 255;
  while (load<u8>(BYTE_LENGTHS + <usize>symbolMax) == 0) symbolMax--;
  let longest: u32 = 0;
  for (let symbol = 0; symbol <= symbolMax; symbol++) {
    longest = max<u32>(longest, load<u8>(BYTE_LENGTHS + <usize>symbol));
  }
  memory.fill(COUNTS, 0, 4 * 16);
  // The last weight follows from the others.
  for (let symbol = 0; symbol < symbolMax; symbol++) {
    const length = <u32>load<u8>(BYTE_LENGTHS + <usize>symbol);
    const weight = length == 0 ? 0 : longest + 1 - length;
    store<u8>(BYTE_WEIGHTS + <usize>symbol, <u8>weight);
    setWord(COUNTS, weight, wordAt(COUNTS, weight) + 1);
  }
  const plain = symbolMax > PLAIN_WEIGHTS_MAX ? i32.MAX_VALUE : (symbolMax + 1) >> 1;
  const coded = putCodedWeights(to + 1, symbolMax, longest);
  if (coded > 0 && coded < min(plain, 128)) {
    store<u8>(to, <u8>coded);
    return coded + 1;
  }
  if (plain == i32.MAX_VALUE) return 0;
  store<u8>(to, <u8>(127 + symbolMax));
  store<u8>(BYTE_WEIGHTS + <usize>symbolMax, 0);
  for (let i = 0; i < plain; i++) {
    const weights = load<u16>(BYTE_WEIGHTS + (<usize>i << 1));
    store<u8>(to + 1 + <usize>i, <u8>((weights << 4) | (weights >> 8)));
  }
  return plain + 1;
}

/** Writes `count` weights as two interleaved streams of one code. Returns the size; 0 if that is not possible. */
function putCodedWeights(to: usize, count: i32, weightMax: u32): i32 {
  let used = 0;
  for (let weight = 0; weight <= <i32>weightMax; weight++) used += <i32>(wordAt(COUNTS, weight) != 0);
  if (count < 3 || used < 2) return 0;
  let symbolMax = <i32>weightMax;
  while (wordAt(COUNTS, symbolMax) == 0) symbolMax--;
  const log = tableLogOf(count, symbolMax, WEIGHTS_LOG);
  normalise(count, symbolMax, log);
  makeTable(FSE_TABLES, symbolMax, log);
  startBits(to);
  putNormalised(symbolMax, log);
  alignBits();
  let even: u32 = 0, odd: u32 = 0;
  for (let i = count - 1; i >= 0; i--) {
    const weight = <u32>load<u8>(BYTE_WEIGHTS + <usize>i);
    const before = (i & 1) == 0 ? even : odd;
    let after: u32 = 0;
    if (before == 0) {
      after = firstState(FSE_TABLES, weight);
    } else {
      const bits = lostBits(FSE_TABLES, weight, before);
      putBits(before & ((<u32>1 << bits) - 1), bits);
      after = nextState(FSE_TABLES, weight, before >> bits);
    }
    if ((i & 1) == 0) even = after;
    else odd = after;
  }
  const mask = (<u32>1 << log) - 1;
  putBits(odd & mask, log);
  putBits(even & mask, log);
  putBits(1, 1);
  alignBits();
  return <i32>(at - to);
}
