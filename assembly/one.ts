/**
 * Scalar SHA-256 of one block: for blocks that do not fill the eight lanes, short last blocks, and all blocks in the
 * build without SIMD.
 */
import { DIGEST, INITIAL, K, MESSAGE_BLOCK, ONE_STATE, PADDING, scratch } from "./layout";

// @ts-ignore: decorator
@inline
function temporary(e: u32, f: u32, g: u32, h: u32, input: u32): u32 {
  return h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + input;
}

// @ts-ignore: decorator
@inline
function mixed(a: u32, b: u32, c: u32): u32 {
  return (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + (b ^ ((a ^ b) & (b ^ c)));
}

/** A word of the message, which is big-endian. */
// @ts-ignore: decorator
@inline
function word(input: usize, offset: usize): u32 {
  return bswap(load<u32>(input + offset));
}

/** The schedule's word that replaces the one 16 positions before it. */
// @ts-ignore: decorator
@inline
function expand(old: u32, near: u32, middle: u32, far: u32): u32 {
  return old + (rotr(near, 7) ^ rotr(near, 18) ^ (near >> 3)) + middle +
    (rotr(far, 17) ^ rotr(far, 19) ^ (far >> 10));
}

// @ts-ignore: decorator
@inline
function addState(state: usize, value: u32): void {
  store<u32>(state, load<u32>(state) + value);
}

/**
 * Processes one message block. Sixteen rounds per iteration, so that the schedule stays in sixteen locals and the names
 * rotate back to their start: 10 to 20 % faster than with the schedule in memory (V8 11.3, Zen 4).
 */
function compressOne(input: usize): void {
  const state = scratch + ONE_STATE;
  let w0 = word(input, 0), w1 = word(input, 4), w2 = word(input, 8), w3 = word(input, 12);
  let w4 = word(input, 16), w5 = word(input, 20), w6 = word(input, 24), w7 = word(input, 28);
  let w8 = word(input, 32), w9 = word(input, 36), w10 = word(input, 40), w11 = word(input, 44);
  let w12 = word(input, 48), w13 = word(input, 52), w14 = word(input, 56), w15 = word(input, 60);
  let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
  let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
  for (let k = K, end = K + 256; ; k += 64) {
    let t = temporary(e, f, g, h, load<u32>(k, 0) + w0); d += t; h = t + mixed(a, b, c);
    t = temporary(d, e, f, g, load<u32>(k, 4) + w1); c += t; g = t + mixed(h, a, b);
    t = temporary(c, d, e, f, load<u32>(k, 8) + w2); b += t; f = t + mixed(g, h, a);
    t = temporary(b, c, d, e, load<u32>(k, 12) + w3); a += t; e = t + mixed(f, g, h);
    t = temporary(a, b, c, d, load<u32>(k, 16) + w4); h += t; d = t + mixed(e, f, g);
    t = temporary(h, a, b, c, load<u32>(k, 20) + w5); g += t; c = t + mixed(d, e, f);
    t = temporary(g, h, a, b, load<u32>(k, 24) + w6); f += t; b = t + mixed(c, d, e);
    t = temporary(f, g, h, a, load<u32>(k, 28) + w7); e += t; a = t + mixed(b, c, d);
    t = temporary(e, f, g, h, load<u32>(k, 32) + w8); d += t; h = t + mixed(a, b, c);
    t = temporary(d, e, f, g, load<u32>(k, 36) + w9); c += t; g = t + mixed(h, a, b);
    t = temporary(c, d, e, f, load<u32>(k, 40) + w10); b += t; f = t + mixed(g, h, a);
    t = temporary(b, c, d, e, load<u32>(k, 44) + w11); a += t; e = t + mixed(f, g, h);
    t = temporary(a, b, c, d, load<u32>(k, 48) + w12); h += t; d = t + mixed(e, f, g);
    t = temporary(h, a, b, c, load<u32>(k, 52) + w13); g += t; c = t + mixed(d, e, f);
    t = temporary(g, h, a, b, load<u32>(k, 56) + w14); f += t; b = t + mixed(c, d, e);
    t = temporary(f, g, h, a, load<u32>(k, 60) + w15); e += t; a = t + mixed(b, c, d);
    if (k + 64 == end) break;
    w0 = expand(w0, w1, w9, w14); w1 = expand(w1, w2, w10, w15);
    w2 = expand(w2, w3, w11, w0); w3 = expand(w3, w4, w12, w1);
    w4 = expand(w4, w5, w13, w2); w5 = expand(w5, w6, w14, w3);
    w6 = expand(w6, w7, w15, w4); w7 = expand(w7, w8, w0, w5);
    w8 = expand(w8, w9, w1, w6); w9 = expand(w9, w10, w2, w7);
    w10 = expand(w10, w11, w3, w8); w11 = expand(w11, w12, w4, w9);
    w12 = expand(w12, w13, w5, w10); w13 = expand(w13, w14, w6, w11);
    w14 = expand(w14, w15, w7, w12); w15 = expand(w15, w0, w8, w13);
  }
  addState(state, a); addState(state + 4, b); addState(state + 8, c); addState(state + 12, d);
  addState(state + 16, e); addState(state + 20, f); addState(state + 24, g); addState(state + 28, h);
}

/**
 * Writes the end of a message to `target`: its last bytes (fewer than 64), a one bit, zeros and the length.
 * Returns the number of message blocks, 1 or 2.
 */
export function writePadding(target: usize, rest: usize, messageLength: usize): usize {
  const restLength = messageLength % MESSAGE_BLOCK;
  const count: usize = restLength < 56 ? 1 : 2;
  const size = count * MESSAGE_BLOCK;
  memory.fill(target, 0, size);
  memory.copy(target, rest, restLength);
  store<u8>(target + restLength, 0x80);
  store<u64>(target + size - 8, bswap<u64>((<u64>messageLength) << 3));
  return count;
}

/** Begins a digest that gets its input in pieces. */
export function digestStart(): void {
  memory.copy(scratch + ONE_STATE, INITIAL, DIGEST);
}

/** Feeds `length` bytes at `input`, a multiple of 64. */
export function digestUpdate(input: usize, length: usize): void {
  const end = input + length;
  for (; input < end; input += MESSAGE_BLOCK) compressOne(input);
}

/** Feeds the last bytes, fewer than 64, of a message of `messageLength` bytes and writes its digest. */
export function digestFinish(rest: usize, messageLength: usize, digest: usize): void {
  const padding = scratch + PADDING;
  digestUpdate(padding, writePadding(padding, rest, messageLength) * MESSAGE_BLOCK);
  const state = scratch + ONE_STATE;
  for (let i: usize = 0; i < DIGEST; i += 4) store<u32>(digest + i, bswap(load<u32>(state + i)));
}

/** Digests the block of `length` bytes at `block`. */
export function digestOne(block: usize, length: usize, digest: usize): void {
  const whole = length - (length % MESSAGE_BLOCK);
  digestStart();
  digestUpdate(block, whole);
  digestFinish(block + whole, length, digest);
}
