/**
 * Lengths of an optimal prefix code, at most 17 bits as in the reference encoder (the format allows 20).
 *
 * Symbols that do not occur get a code word too, as the format requires. If the optimal code is too deep, frequencies
 * are halved until it is not, which costs next to nothing.
 */
import { TREE } from "./encode-layout";

const LENGTH_MAX: u32 = 17;
/** Layout of a sort key: the frequency above, the symbol in the low bits. */
const SYMBOL_BITS: u32 = 9;
const SYMBOL_MASK: u32 = 511;

// @ts-ignore: decorator
@inline
function wordAt(array: usize, index: i32): u32 {
  return load<u32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function setWord(array: usize, index: i32, value: u32): void {
  store<u32>(array + (<usize>index << 2), value);
}

/** Sorts `count` words, ascending: Shell sort with Knuth's gaps, which suffices for 258 words. */
function sort(array: usize, count: i32): void {
  for (let gap = 121; gap > 0; gap /= 3) {
    for (let i = gap; i < count; i++) {
      const word = wordAt(array, i);
      let at = i;
      for (; at >= gap && wordAt(array, at - gap) > word; at -= gap) setWord(array, at, wordAt(array, at - gap));
      setWord(array, at, word);
    }
  }
}

/** Writes the code lengths of `count` symbols, at least 2, as bytes to `lengths`. */
export function findLengths(frequencies: usize, count: i32, lengths: usize): void {
  let shift: u32 = 0;
  while (!tryLengths(frequencies, count, lengths, shift)) shift++;
}

function tryLengths(frequencies: usize, count: i32, lengths: usize, shift: u32): bool {
  const parents = TREE + (<usize>count << 3);
  for (let symbol = 0; symbol < count; symbol++) {
    const weight = max(wordAt(frequencies, symbol) >> shift, 1);
    setWord(TREE, symbol, (weight << SYMBOL_BITS) | symbol);
  }
  sort(TREE, count);
  joinNodes(parents, count);
  // From the root down: a parent's depth is known before its children's, and replaces its weight.
  const root = 2 * count - 2;
  setWord(parents, root, 0);
  for (let node = root - 1; node >= 0; node--) {
    const depth = wordAt(parents, wordAt(parents, node)) + 1;
    setWord(parents, node, depth);
    if (node >= count) continue;
    if (depth > LENGTH_MAX) return false;
    store<u8>(lengths + (wordAt(TREE, node) & SYMBOL_MASK), <u8>depth);
  }
  return true;
}

/**
 * Joins the two lightest nodes until one is left. Leaves are sorted and joined nodes are made in order of weight, so
 * the lightest is always at the head of one of two queues.
 */
function joinNodes(parents: usize, count: i32): void {
  let leaf = 0;
  let joined = count;
  for (let node = count; node < 2 * count - 1; node++) {
    let weight: u32 = 0;
    for (let k = 0; k < 2; k++) {
      const leafWeight = leaf < count ? wordAt(TREE, leaf) >> SYMBOL_BITS : u32.MAX_VALUE;
      const joinedWeight = joined < node ? wordAt(TREE, joined) : u32.MAX_VALUE;
      const child = leafWeight <= joinedWeight ? leaf++ : joined++;
      setWord(parents, child, node);
      weight += min(leafWeight, joinedWeight);
    }
    setWord(TREE, node, weight);
  }
}
