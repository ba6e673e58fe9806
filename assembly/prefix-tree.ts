/**
 * Lengths of the code words of an optimal prefix code (Huffman), limited by the caller's frequencies: if the tree is too
 * deep, it halves them and tries again.
 *
 * A tree of `count` symbols takes 16 bytes for each: `2 * count` words for its nodes, leaves first, and as many for the
 * indexes of their parents.
 */

/** Layout of a leaf, which is a sort key: the weight above, the symbol in the low bits. */
const SYMBOL_BITS: u32 = 9;
const SYMBOL_MASK: u32 = 511;

// @ts-ignore: decorator
@inline
export function wordAt(array: usize, index: i32): u32 {
  return load<u32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function setWord(array: usize, index: i32, value: u32): void {
  store<u32>(array + (<usize>index << 2), value);
}

// @ts-ignore: decorator
@inline
export function leafOf(weight: u32, symbol: i32): u32 {
  return (weight << SYMBOL_BITS) | symbol;
}

/**
 * Writes the length of each symbol's code word, one byte, to `lengths`. Returns whether all are within `lengthMax`.
 * @param tree with `count` leaves, at least 2, in any order
 */
export function findLengths(tree: usize, count: i32, lengths: usize, lengthMax: u32): bool {
  const parents = tree + (<usize>count << 3);
  sort(tree, count);
  joinNodes(tree, parents, count);
  // From the root down, so that a parent's depth is known before its children's. It replaces the index of its own parent.
  const root = 2 * count - 2;
  setWord(parents, root, 0);
  for (let node = root - 1; node >= 0; node--) {
    const depth = wordAt(parents, wordAt(parents, node)) + 1;
    setWord(parents, node, depth);
    if (node >= count) continue;
    if (depth > lengthMax) return false;
    store<u8>(lengths + (wordAt(tree, node) & SYMBOL_MASK), <u8>depth);
  }
  return true;
}

/** Sorts `count` words, ascending: Shell sort with Knuth's gaps, which suffices for 300 words. */
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

/**
 * Joins the two lightest nodes until one is left. Leaves are sorted and joined nodes are made in the order of their
 * weights, so the lightest is always the first of one of two queues.
 */
function joinNodes(tree: usize, parents: usize, count: i32): void {
  let leaf = 0;
  let joined = count;
  for (let node = count; node < 2 * count - 1; node++) {
    let weight: u32 = 0;
    for (let k = 0; k < 2; k++) {
      const leafWeight = leaf < count ? wordAt(tree, leaf) >> SYMBOL_BITS : u32.MAX_VALUE;
      const joinedWeight = joined < node ? wordAt(tree, joined) : u32.MAX_VALUE;
      const child = leafWeight <= joinedWeight ? leaf++ : joined++;
      setWord(parents, child, node);
      weight += min(leafWeight, joinedWeight);
    }
    setWord(tree, node, weight);
  }
}
