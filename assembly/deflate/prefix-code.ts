/** Prefix codes with code words of limited length (RFC 1951 §3.2.2), made from symbol frequencies. */
import { findLengths, leafOf, setWord, wordAt } from "../prefix-tree";
import { TREE } from "./layout";

/**
 * Makes the code of `count` symbols: the lengths (one byte each, 0 for an unused symbol) and the code words, in the bit
 * order of the output. A code has at least two symbols, so that it is complete.
 */
export function makeCode(frequencies: usize, count: i32, lengthMax: u32, lengths: usize, words: usize): void {
  for (let symbol = 0, used = usedOf(frequencies, count); used < 2; symbol++) {
    if (wordAt(frequencies, symbol) != 0) continue;
    setWord(frequencies, symbol, 1);
    used++;
  }
  let shift: u32 = 0;
  while (!tryLengths(frequencies, count, lengths, lengthMax, shift)) shift++;
  makeWords(lengths, count, words);
}

function usedOf(frequencies: usize, count: i32): i32 {
  let used = 0;
  for (let symbol = 0; symbol < count; symbol++) used += <i32>(wordAt(frequencies, symbol) != 0);
  return used;
}

/** Makes the lengths of the optimal code for the frequencies divided by 2^shift. Returns whether all are within `lengthMax`. */
function tryLengths(frequencies: usize, count: i32, lengths: usize, lengthMax: u32, shift: u32): bool {
  memory.fill(lengths, 0, count);
  let used = 0;
  for (let symbol = 0; symbol < count; symbol++) {
    const frequency = wordAt(frequencies, symbol);
    if (frequency == 0) continue;
    setWord(TREE, used++, leafOf(max(frequency >> shift, 1), symbol));
  }
  return findLengths(TREE, used, lengths, lengthMax);
}

const nextWords: usize = memory.data(4 * 16, 16);

/** Makes canonical code words, ordered by length, then by symbol. They are bit-reversed, for output from bit 0. */
export function makeWords(lengths: usize, count: i32, words: usize): void {
  memory.fill(nextWords, 0, 4 * 16);
  for (let symbol = 0; symbol < count; symbol++) {
    const length = <i32>load<u8>(lengths + <usize>symbol);
    setWord(nextWords, length, wordAt(nextWords, length) + 1);
  }
  let word: u32 = 0;
  let shorter: u32 = 0;
  for (let length = 1; length < 16; length++) {
    word = (word + shorter) << 1;
    shorter = wordAt(nextWords, length);
    setWord(nextWords, length, word);
  }
  for (let symbol = 0; symbol < count; symbol++) {
    const length = <i32>load<u8>(lengths + <usize>symbol);
    if (length == 0) continue;
    const own = wordAt(nextWords, length);
    setWord(nextWords, length, own + 1);
    setWord(words, symbol, reversed(own, length));
  }
}

function reversed(word: u32, length: i32): u32 {
  let bits = ((word & 0x5555) << 1) | ((word >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0x00ff) << 8) | (bits >> 8);
  return bits >> (16 - length);
}
