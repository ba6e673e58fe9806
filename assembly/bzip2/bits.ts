/** The encoder's output: bits, the most significant first, to the room for an encoded block. */
import { ENCODED } from "./encode-layout";

/** Bits that do not make a word yet; they stay from block to block, since blocks do not begin on bytes. */
let held: u64 = 0;
let heldCount: u32 = 0;
let at: usize = ENCODED;

export function startBits(): void {
  held = 0;
  heldCount = 0;
  at = ENCODED;
}

/** Puts the low `count` bits of `value`, which has no others; 1 to 32. */
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

/** Puts what is held as whole bytes, padded with zeros. */
export function padBits(): void {
  while (heldCount != 0) {
    const count = min(heldCount, 8);
    heldCount -= count;
    store<u8>(at++, <u8>(held >> heldCount << (8 - count)));
  }
}

/** How many bytes there are to fetch; the next ones go to the beginning again. */
export function takeBytes(): i32 {
  const length = <i32>(at - ENCODED);
  at = ENCODED;
  return length;
}
