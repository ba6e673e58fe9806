/**
 * SHA-256 of one block, scalar: what is left over beside the eight lanes, short last blocks, and everything in the
 * build without SIMD.
 */
import { DIGEST, INITIAL, K, MESSAGE_BLOCK, ONE_SCHEDULE, ONE_STATE, PADDING, scratch } from "./layout";

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

function expandOne(w: usize, input: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(w + i, bswap(load<u32>(input + i)));
  for (let i: usize = 0; i < 192; i += 4) {
    const near = load<u32>(w + i, 4);
    const far = load<u32>(w + i, 56);
    store<u32>(
      w + i,
      load<u32>(w + i) + (rotr(near, 7) ^ rotr(near, 18) ^ (near >> 3)) +
        load<u32>(w + i, 36) + (rotr(far, 17) ^ rotr(far, 19) ^ (far >> 10)),
      64,
    );
  }
}

// @ts-ignore: decorator
@inline
function addState(state: usize, value: u32): void {
  store<u32>(state, load<u32>(state) + value);
}

function compressOne(input: usize): void {
  const state = scratch + ONE_STATE;
  const w = scratch + ONE_SCHEDULE;
  expandOne(w, input);
  let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
  let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
  // Eight rounds a turn let the eight names rotate back to where they started, without moves.
  for (let i: usize = 0; i < 256; i += 32) {
    const k = K + i;
    const v = w + i;
    let t = temporary(e, f, g, h, load<u32>(k, 0) + load<u32>(v, 0)); d += t; h = t + mixed(a, b, c);
    t = temporary(d, e, f, g, load<u32>(k, 4) + load<u32>(v, 4)); c += t; g = t + mixed(h, a, b);
    t = temporary(c, d, e, f, load<u32>(k, 8) + load<u32>(v, 8)); b += t; f = t + mixed(g, h, a);
    t = temporary(b, c, d, e, load<u32>(k, 12) + load<u32>(v, 12)); a += t; e = t + mixed(f, g, h);
    t = temporary(a, b, c, d, load<u32>(k, 16) + load<u32>(v, 16)); h += t; d = t + mixed(e, f, g);
    t = temporary(h, a, b, c, load<u32>(k, 20) + load<u32>(v, 20)); g += t; c = t + mixed(d, e, f);
    t = temporary(g, h, a, b, load<u32>(k, 24) + load<u32>(v, 24)); f += t; b = t + mixed(c, d, e);
    t = temporary(f, g, h, a, load<u32>(k, 28) + load<u32>(v, 28)); e += t; a = t + mixed(b, c, d);
  }
  addState(state, a); addState(state + 4, b); addState(state + 8, c); addState(state + 12, d);
  addState(state + 16, e); addState(state + 20, f); addState(state + 24, g); addState(state + 28, h);
}

/**
 * Writes the end of a message at `target`: its last bytes (fewer than 64), the one bit, zeros and the length.
 * Returns how many message blocks that makes: 1 or 2.
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

/** Begins a digest that is fed in pieces. */
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

/** The digest of the block of `length` bytes at `block`. */
export function digestOne(block: usize, length: usize, digest: usize): void {
  const whole = length - (length % MESSAGE_BLOCK);
  digestStart();
  digestUpdate(block, whole);
  digestFinish(block + whole, length, digest);
}
