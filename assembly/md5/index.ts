/**
 * MD5 (RFC 1321) of four messages at once, one in each lane: an object's MD5 cannot be computed in parallel, but those
 * of several objects can. Lane `i` of a vector is the word of message `i`.
 *
 * Every step stores its result to a slot that nobody reads, as in `assembly/eight.ts` and for the same reason: V8 keeps
 * the order of stores, and so does not spread the steps out until it has to spill.
 */
import { T } from "../hashes/table";

const SET: usize = 64;
const WORDS: usize = SET;
const PINS: usize = WORDS + 16 * 16;
const INPUTS: usize = PINS + 64;
/** No multiple of 4 KiB, so that the lanes' cache lines do not fall into the same set. */
const LANE_STRIDE: usize = 16 * 1024 + 192;

// @ts-ignore: decorator
@inline
function base(): usize {
  return (__heap_base + 63) & ~63;
}

/** Address of four vectors: the words a, b, c and d of every lane. */
export function states(): usize {
  return base();
}

/** Address of up to 16 KiB of a lane's message. */
export function input(lane: usize): usize {
  return base() + INPUTS + lane * LANE_STRIDE;
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function f(x: v128, y: v128, z: v128): v128 {
  return v128.xor(z, v128.and(x, v128.xor(y, z)));
}

// @ts-ignore: decorator
@inline
function h(x: v128, y: v128, z: v128): v128 {
  return v128.xor(v128.xor(x, y), z);
}

// @ts-ignore: decorator
@inline
function i(x: v128, y: v128, z: v128): v128 {
  return v128.xor(y, v128.or(x, v128.not(z)));
}

/** Adds the step's word and constant, and rotates to the left. */
// @ts-ignore: decorator
@inline
function step(a: v128, b: v128, mixed: v128, at: usize, word: usize, index: usize, shift: i32): v128 {
  const constant = v128.load32_splat(T + (index << 2));
  const sum = add(add(a, add(v128.load(at + WORDS + ((word & 15) << 4)), constant)), mixed);
  const result = add(b, v128.or(i32x4.shl(sum, shift), i32x4.shr_u(sum, 32 - shift)));
  v128.store(at, result, PINS);
  return result;
}

/** Transposes 16 bytes of every lane. */
// @ts-ignore: decorator
@inline
function loadWords(at: usize, message: usize, offset: usize): void {
  const r0 = v128.load(message + offset), r1 = v128.load(message + LANE_STRIDE + offset);
  const r2 = v128.load(message + 2 * LANE_STRIDE + offset), r3 = v128.load(message + 3 * LANE_STRIDE + offset);
  const low0 = v128.shuffle<u32>(r0, r1, 0, 4, 1, 5), high0 = v128.shuffle<u32>(r0, r1, 2, 6, 3, 7);
  const low1 = v128.shuffle<u32>(r2, r3, 0, 4, 1, 5), high1 = v128.shuffle<u32>(r2, r3, 2, 6, 3, 7);
  const words = at + WORDS + 4 * offset;
  v128.store(words, v128.shuffle<u64>(low0, low1, 0, 2), 0);
  v128.store(words, v128.shuffle<u64>(low0, low1, 1, 3), 16);
  v128.store(words, v128.shuffle<u64>(high0, high1, 0, 2), 32);
  v128.store(words, v128.shuffle<u64>(high0, high1, 1, 3), 48);
}

/** Processes the first `count` message blocks of every lane's input. */
export function update(count: usize): void {
  const message = input(0);
  for (let block: usize = 0; block < count; block++) takeIn(base(), message + 64 * block);
}

/** Four steps per iteration, after which the names have rotated back to their start. */
function takeIn(at: usize, message: usize): void {
  for (let offset: usize = 0; offset < 64; offset += 16) loadWords(at, message, offset);
  let a = v128.load(at, 0), b = v128.load(at, 16), c = v128.load(at, 32), d = v128.load(at, 48);
  for (let n: usize = 0; n < 16; n += 4) {
    a = step(a, b, f(b, c, d), at, n, n, 7);
    d = step(d, a, f(a, b, c), at, n + 1, n + 1, 12);
    c = step(c, d, f(d, a, b), at, n + 2, n + 2, 17);
    b = step(b, c, f(c, d, a), at, n + 3, n + 3, 22);
  }
  for (let n: usize = 16; n < 32; n += 4) {
    a = step(a, b, f(d, b, c), at, 5 * n + 1, n, 5);
    d = step(d, a, f(c, a, b), at, 5 * n + 6, n + 1, 9);
    c = step(c, d, f(b, d, a), at, 5 * n + 11, n + 2, 14);
    b = step(b, c, f(a, c, d), at, 5 * n + 16, n + 3, 20);
  }
  for (let n: usize = 32; n < 48; n += 4) {
    a = step(a, b, h(b, c, d), at, 3 * n + 5, n, 4);
    d = step(d, a, h(a, b, c), at, 3 * n + 8, n + 1, 11);
    c = step(c, d, h(d, a, b), at, 3 * n + 11, n + 2, 16);
    b = step(b, c, h(c, d, a), at, 3 * n + 14, n + 3, 23);
  }
  for (let n: usize = 48; n < 64; n += 4) {
    a = step(a, b, i(b, c, d), at, 7 * n, n, 6);
    d = step(d, a, i(a, b, c), at, 7 * n + 7, n + 1, 10);
    c = step(c, d, i(d, a, b), at, 7 * n + 14, n + 2, 15);
    b = step(b, c, i(c, d, a), at, 7 * n + 21, n + 3, 21);
  }
  v128.store(at, add(v128.load(at, 0), a), 0);
  v128.store(at, add(v128.load(at, 16), b), 16);
  v128.store(at, add(v128.load(at, 32), c), 32);
  v128.store(at, add(v128.load(at, 48), d), 48);
}
