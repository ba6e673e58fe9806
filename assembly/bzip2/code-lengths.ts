/**
 * Lengths of an optimal prefix code, at most 17 bits as in the reference encoder (the format allows 20).
 *
 * Symbols that do not occur get a code word too, as the format requires. If the optimal code is too deep, frequencies
 * are halved until it is not, which costs next to nothing.
 */
import { findLengths, leafOf, setWord, wordAt } from "../prefix-tree";
import { TREE } from "./encode-layout";

const LENGTH_MAX: u32 = 17;

/** Writes the code lengths of `count` symbols, at least 2, as bytes to `lengths`. */
export function makeLengths(frequencies: usize, count: i32, lengths: usize): void {
  let shift: u32 = 0;
  while (!tryLengths(frequencies, count, lengths, shift)) shift++;
}

function tryLengths(frequencies: usize, count: i32, lengths: usize, shift: u32): bool {
  for (let symbol = 0; symbol < count; symbol++) {
    setWord(TREE, symbol, leafOf(max(wordAt(frequencies, symbol) >> shift, 1), symbol));
  }
  return findLengths(TREE, count, lengths, LENGTH_MAX);
}
