/** The encoder's output: writes bits, most significant first, to the buffer for an encoded block. */
import { ENCODED } from "./encode-layout";

/** Bits that do not fill a word yet; kept from block to block, because blocks do not begin on byte boundaries. */
let held: u64 = 0;
let heldCount: u32 = 0;
let at: usize = ENCODED;

export function startBits(): void {
  held = 0;
  heldCount = 0;
  at = ENCODED;
}

/** Writes the low `count` bits of `value`, 1 to 32; its higher bits must be zero. */
// @ts-ignore: decorator
@inline
export function putBits(count: u32, value: u32): void {
  held = (held << count) | value;
  heldCount += count;
  if (heldCount >= 32) {
    heldCount -= 32;
    store<u32>(at, bswap<u32>(<u32>(held >> heldCount)));
    at += 4;
  }
}

/** Writes the held bits as whole bytes, padded with zeros. */
export function padBits(): void {
  while (heldCount != 0) {
    const count = min(heldCount, 8);
    heldCount -= count;
    store<u8>(at++, <u8>(held >> heldCount << (8 - count)));
  }
}

/** Returns the number of bytes to fetch; the next ones are written to the beginning again. */
export function takeBytes(): i32 {
  const length = <i32>(at - ENCODED);
  at = ENCODED;
  return length;
}
