/** MD5 (RFC 1321) of whole message blocks: the format's checksum of object contents. */
import { input, state } from "./memory";
import { T } from "./table";

// @ts-ignore: decorator
@inline
function step(a: u32, b: u32, mixed: u32, message: usize, word: usize, index: usize, shift: u32): u32 {
  const sum = a + mixed + load<u32>(message + ((word & 15) << 2)) + load<u32>(T + (index << 2));
  return b + rotl(sum, shift);
}

// @ts-ignore: decorator
@inline
function f(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

// @ts-ignore: decorator
@inline
function h(x: u32, y: u32, z: u32): u32 {
  return x ^ y ^ z;
}

// @ts-ignore: decorator
@inline
function i(x: u32, y: u32, z: u32): u32 {
  return y ^ (x | ~z);
}

export function md5Start(): void {
  const at = state();
  store<u32>(at, 0x67452301, 0);
  store<u32>(at, 0xefcdab89, 4);
  store<u32>(at, 0x98badcfe, 8);
  store<u32>(at, 0x10325476, 12);
}

/** Hashes `length` bytes at `input`, a multiple of 64. */
export function md5Update(length: usize): void {
  const end = input() + length;
  for (let at = input(); at < end; at += 64) takeIn(at);
}

/** Four steps per iteration, after which the names have rotated back to their start. */
function takeIn(at: usize): void {
  const words = state();
  let a = load<u32>(words, 0), b = load<u32>(words, 4), c = load<u32>(words, 8), d = load<u32>(words, 12);
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
  store<u32>(words, load<u32>(words, 0) + a, 0);
  store<u32>(words, load<u32>(words, 4) + b, 4);
  store<u32>(words, load<u32>(words, 8) + c, 8);
  store<u32>(words, load<u32>(words, 12) + d, 12);
}
