/** XXH64 with seed 0 (doc/xxhash_spec.md of xxHash), the content checksum of zstd frames. Its state is four lanes of 8 bytes. */

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;
export const STRIPE: usize = 32;

// @ts-ignore: decorator
@inline
function round(lane: u64, value: u64): u64 {
  return rotl<u64>(lane + value * PRIME_2, 31) * PRIME_1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
}

export function startLanes(lanes: usize): void {
  store<u64>(lanes, PRIME_1 + PRIME_2, 0);
  store<u64>(lanes, PRIME_2, 8);
  store<u64>(lanes, 0, 16);
  store<u64>(lanes, 0 - PRIME_1, 24);
}

/** Hashes `length` bytes at `at`, a multiple of 32. */
export function updateLanes(lanes: usize, at: usize, length: usize): void {
  let a = load<u64>(lanes, 0), b = load<u64>(lanes, 8), c = load<u64>(lanes, 16), d = load<u64>(lanes, 24);
  for (const end = at + length; at < end; at += STRIPE) {
    a = round(a, load<u64>(at, 0));
    b = round(b, load<u64>(at, 8));
    c = round(c, load<u64>(at, 16));
    d = round(d, load<u64>(at, 24));
  }
  store<u64>(lanes, a, 0);
  store<u64>(lanes, b, 8);
  store<u64>(lanes, c, 16);
  store<u64>(lanes, d, 24);
}

/** The hash of `total` bytes, the last `rest` of which (fewer than 32) are at `at`. */
export function hashOf(lanes: usize, at: usize, rest: usize, total: u64): u64 {
  let hash = (total < <u64>STRIPE ? PRIME_5 : joined(lanes)) + total;
  const end = at + rest;
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * PRIME_1 + PRIME_4;
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * PRIME_5), 11) * PRIME_1;
  hash = (hash ^ (hash >> 33)) * PRIME_2;
  hash = (hash ^ (hash >> 29)) * PRIME_3;
  return hash ^ (hash >> 32);
}

/** Merges the four lanes. */
function joined(lanes: usize): u64 {
  const a = load<u64>(lanes, 0), b = load<u64>(lanes, 8), c = load<u64>(lanes, 16), d = load<u64>(lanes, 24);
  const hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
  return merge(merge(merge(merge(hash, a), b), c), d);
}
