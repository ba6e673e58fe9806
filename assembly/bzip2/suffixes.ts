/**
 * Suffix sorting by induced sorting (SA-IS): linear time for any block, unlike comparison of rotations.
 *
 * A suffix is S-type if it is less than the next one, otherwise L-type; the last is L-type, as if a least symbol
 * followed. An S-type suffix after an L-type one is a *seed*. Once the seeds are sorted, one upward pass sorts the
 * L-type suffixes, because each is sorted after its successor, and one downward pass the S-type ones.
 *
 *     sort the seeds by the stretches up to the next seed (the same two passes, from seeds in any order)
 *     name those stretches by rank; if any are equal, sort the suffixes of the text of names, recursively
 *     induce all other suffixes from the sorted seeds
 *
 * Entries of `array` are positions in the text; the current pass skips complemented ones. 0 also means an empty entry:
 * position 0 has no predecessor to induce.
 *
 * Texts (`T`) are bytes at first, words in the recursion. The text of names and its working memory fit into `array`,
 * because no two seeds are neighbours.
 */
import { BYTE_BUCKETS, CODED } from "./encode-layout";

// @ts-ignore: decorator
@inline
function symbolAt<T>(text: usize, index: i32): i32 {
  return <i32>load<T>(text + <usize>index * sizeof<T>());
}

// @ts-ignore: decorator
@inline
function entryAt(array: usize, index: i32): i32 {
  return load<i32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function setEntry(array: usize, index: i32, value: i32): void {
  store<i32>(array + (<usize>index << 2), value);
}

// @ts-ignore: decorator
@inline
function bucketsOf<T>(): usize {
  return sizeof<T>() == 1 ? BYTE_BUCKETS : CODED;
}

/** Sets each bucket to the start, or end, of its symbol's suffixes. All levels of the recursion share the memory. */
function findBuckets<T>(text: usize, length: i32, alphabet: i32, ends: bool): void {
  const buckets = bucketsOf<T>();
  memory.fill(buckets, 0, <usize>alphabet << 2);
  for (let i = 0; i < length; i++) {
    const slot = buckets + (<usize>symbolAt<T>(text, i) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
  let sum = 0;
  for (let symbol = 0; symbol < alphabet; symbol++) {
    const count = entryAt(buckets, symbol);
    sum += count;
    setEntry(buckets, symbol, ends ? sum : sum - count);
  }
}

// @ts-ignore: decorator
@inline
function push<T>(array: usize, symbol: i32, value: i32): void {
  const slot = bucketsOf<T>() + (<usize>symbol << 2);
  const index = load<i32>(slot);
  setEntry(array, index, value);
  store<i32>(slot, index + 1);
}

// @ts-ignore: decorator
@inline
function pushDown<T>(array: usize, symbol: i32, value: i32): void {
  const slot = bucketsOf<T>() + (<usize>symbol << 2);
  const index = load<i32>(slot) - 1;
  setEntry(array, index, value);
  store<i32>(slot, index);
}

/** The entry for `position`, an L-type suffix: to be skipped unless its predecessor is L-type, too. */
// @ts-ignore: decorator
@inline
function entryOfL<T>(text: usize, position: i32, symbol: i32): i32 {
  return position == 0 || symbolAt<T>(text, position - 1) < symbol ? ~position : position;
}

/** The entry for `position`, an S-type suffix: to be skipped unless its predecessor is S-type, too. */
// @ts-ignore: decorator
@inline
function entryOfS<T>(text: usize, position: i32, symbol: i32): i32 {
  return position == 0 || symbolAt<T>(text, position - 1) > symbol ? ~position : position;
}

/** Puts every seed into its bucket, in any order. */
function scatterSeeds<T>(text: usize, length: i32, alphabet: i32, array: usize): void {
  memory.fill(array, 0, <usize>length << 2);
  findBuckets<T>(text, length, alphabet, true);
  let next = symbolAt<T>(text, length - 1);
  let nextIsS = false;
  for (let i = length - 2; i >= 0; i--) {
    const symbol = symbolAt<T>(text, i);
    const isS = symbol < next || (symbol == next && nextIsS);
    if (nextIsS && !isS) pushDown<T>(array, next, i + 1);
    next = symbol;
    nextIsS = isS;
  }
}

/** Sorts the seeds by the stretches up to the next seed. Leaves them in the first entries; returns their number. */
function sortStretches<T>(text: usize, length: i32, alphabet: i32, array: usize): i32 {
  findBuckets<T>(text, length, alphabet, false);
  let symbol = symbolAt<T>(text, length - 1);
  push<T>(array, symbol, entryOfL<T>(text, length - 1, symbol));
  for (let i = 0; i < length; i++) {
    const entry = entryAt(array, i);
    if (entry > 0) {
      symbol = symbolAt<T>(text, entry - 1);
      push<T>(array, symbol, entryOfL<T>(text, entry - 1, symbol));
      setEntry(array, i, 0);
    } else if (entry < 0) setEntry(array, i, ~entry);
  }
  findBuckets<T>(text, length, alphabet, true);
  let low = length;
  for (let i = length - 1; i >= 0; i--) {
    const entry = entryAt(array, i);
    if (entry > 0) {
      symbol = symbolAt<T>(text, entry - 1);
      pushDown<T>(array, symbol, entryOfS<T>(text, entry - 1, symbol));
    } else if (entry < -1) setEntry(array, --low, ~entry);
  }
  const count = length - low;
  memory.copy(array, array + (<usize>low << 2), <usize>count << 2);
  return count;
}

/**
 * Names the sorted stretches by rank, with equal names for equal stretches, and writes the names in the order of the
 * text to the end of `array`. Returns the number of different names.
 */
function nameStretches<T>(text: usize, length: i32, array: usize, count: i32): i32 {
  const names = array + (<usize>count << 2);
  const nameRoom = length >> 1;
  memory.fill(names, 0, <usize>nameRoom << 2);
  measureStretches<T>(text, length, names);
  let name = 0;
  let previous = 0;
  let previousLength = 0;
  for (let i = 0; i < count; i++) {
    const position = entryAt(array, i);
    const stretch = entryAt(names, position >> 1);
    // The last stretch differs from all others, because it includes the end of the text.
    let isEqual = stretch == previousLength && max(position, previous) + stretch < length;
    for (let k = 0; isEqual && k <= stretch; k++) {
      isEqual = symbolAt<T>(text, position + k) == symbolAt<T>(text, previous + k);
    }
    if (!isEqual) name++;
    setEntry(names, position >> 1, name);
    previous = position;
    previousLength = stretch;
  }
  let at = length;
  for (let i = nameRoom - 1; i >= 0; i--) {
    const named = entryAt(names, i);
    if (named != 0) setEntry(array, --at, named - 1);
  }
  return name;
}

/** Stores, at half of each seed's position, the distance to the next seed, or to the end. */
function measureStretches<T>(text: usize, length: i32, names: usize): void {
  let next = symbolAt<T>(text, length - 1);
  let nextIsS = false;
  let end = length;
  for (let i = length - 2; i >= 0; i--) {
    const symbol = symbolAt<T>(text, i);
    const isS = symbol < next || (symbol == next && nextIsS);
    if (nextIsS && !isS) {
      setEntry(names, (i + 1) >> 1, end - (i + 1));
      end = i + 1;
    }
    next = symbol;
    nextIsS = isS;
  }
}

/** Replaces the ranks of seeds in the first `count` entries by the seeds' positions. */
function placeOfRanks<T>(text: usize, length: i32, array: usize, count: i32): void {
  const seeds = array + (<usize>(length - count) << 2);
  let at = count;
  let next = symbolAt<T>(text, length - 1);
  let nextIsS = false;
  for (let i = length - 2; i >= 0; i--) {
    const symbol = symbolAt<T>(text, i);
    const isS = symbol < next || (symbol == next && nextIsS);
    if (nextIsS && !isS) setEntry(seeds, --at, i + 1);
    next = symbol;
    nextIsS = isS;
  }
  for (let i = 0; i < count; i++) setEntry(array, i, entryAt(seeds, entryAt(array, i)));
}

/** Moves the seeds, sorted in the first `count` entries, into their buckets; all other entries become empty. */
function spreadSeeds<T>(text: usize, length: i32, alphabet: i32, array: usize, count: i32): void {
  memory.fill(array + (<usize>count << 2), 0, <usize>(length - count) << 2);
  findBuckets<T>(text, length, alphabet, true);
  for (let i = count - 1; i >= 0; i--) {
    const position = entryAt(array, i);
    setEntry(array, i, 0);
    pushDown<T>(array, symbolAt<T>(text, position), position);
  }
}

/** Sorts the seeds into their final places in the buckets of `array`. */
function sortSeeds<T>(text: usize, length: i32, alphabet: i32, array: usize): void {
  scatterSeeds<T>(text, length, alphabet, array);
  const count = sortStretches<T>(text, length, alphabet, array);
  const nameCount = nameStretches<T>(text, length, array, count);
  if (nameCount < count) {
    sortSuffixes(array + (<usize>(length - count) << 2), count, nameCount, array);
    placeOfRanks<T>(text, length, array, count);
  }
  spreadSeeds<T>(text, length, alphabet, array, count);
}

/** Sorts the suffixes of a text of names. */
function sortSuffixes(text: usize, length: i32, alphabet: i32, array: usize): void {
  sortSeeds<i32>(text, length, alphabet, array);
  findBuckets<i32>(text, length, alphabet, false);
  let symbol = symbolAt<i32>(text, length - 1);
  push<i32>(array, symbol, entryOfL<i32>(text, length - 1, symbol));
  for (let i = 0; i < length; i++) {
    const entry = entryAt(array, i);
    if (entry != 0) setEntry(array, i, ~entry);
    if (entry <= 0) continue;
    symbol = symbolAt<i32>(text, entry - 1);
    push<i32>(array, symbol, entryOfL<i32>(text, entry - 1, symbol));
  }
  findBuckets<i32>(text, length, alphabet, true);
  for (let i = length - 1; i >= 0; i--) {
    const entry = entryAt(array, i);
    if (entry <= 0) {
      if (entry < 0) setEntry(array, i, ~entry);
      continue;
    }
    symbol = symbolAt<i32>(text, entry - 1);
    pushDown<i32>(array, symbol, entryOfS<i32>(text, entry - 1, symbol));
  }
}

/**
 * Sorts the suffixes of the Lyndon word of `length` bytes. Leaves in `array` not their positions but the byte before
 * each, which the passes load anyway. The first suffix is the word itself, with its last byte before it.
 *
 * @returns the rank of the suffix at `wanted`
 */
export function transform(text: usize, length: i32, array: usize, wanted: i32): i32 {
  sortSeeds<u8>(text, length, 256, array);
  findBuckets<u8>(text, length, 256, false);
  let rank = 0;
  let symbol = symbolAt<u8>(text, length - 1);
  if (wanted == length - 1) rank = entryAt(BYTE_BUCKETS, symbol);
  push<u8>(array, symbol, entryOfL<u8>(text, length - 1, symbol));
  for (let i = 0; i < length; i++) {
    const entry = entryAt(array, i);
    if (entry <= 0) {
      if (entry < 0) setEntry(array, i, ~entry);
      continue;
    }
    symbol = symbolAt<u8>(text, entry - 1);
    if (entry - 1 == wanted) rank = entryAt(BYTE_BUCKETS, symbol);
    push<u8>(array, symbol, entryOfL<u8>(text, entry - 1, symbol));
    setEntry(array, i, ~symbol);
  }
  findBuckets<u8>(text, length, 256, true);
  for (let i = length - 1; i >= 0; i--) {
    const entry = entryAt(array, i);
    if (entry <= 0) {
      if (entry < 0) setEntry(array, i, ~entry);
      continue;
    }
    symbol = symbolAt<u8>(text, entry - 1);
    if (entry - 1 == wanted) rank = entryAt(BYTE_BUCKETS, symbol) - 1;
    pushDown<u8>(array, symbol, finalEntryOfS(text, entry - 1, symbol));
    setEntry(array, i, symbol);
  }
  setEntry(array, 0, symbolAt<u8>(text, length - 1));
  return rank;
}

/** Like `entryOfS`, but an entry to be skipped already is the byte before. */
// @ts-ignore: decorator
@inline
function finalEntryOfS(text: usize, position: i32, symbol: i32): i32 {
  const before = position == 0 ? 256 : symbolAt<u8>(text, position - 1);
  return before > symbol ? ~before : position;
}
