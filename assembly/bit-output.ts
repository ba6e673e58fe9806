/** Bit output, least significant bits first. */

/** Bits that do not fill a byte yet: fewer than eight between calls. */
export let held: u64 = 0;
export let heldCount: u32 = 0;
export let at: usize = 0;

export function startBits(output: usize): void {
  held = 0;
  heldCount = 0;
  at = output;
}

/** Sets the state, for a loop that keeps it in locals. */
export function setBits(bits: u64, count: u32, position: usize): void {
  held = bits;
  heldCount = count;
  at = position;
}

/** Writes `value`, which has `count` bits, at most 32. */
export function putBits(value: u32, count: u32): void {
  held |= (<u64>value) << heldCount;
  heldCount += count;
  store<u64>(at, held);
  at += heldCount >> 3;
  held >>= heldCount & ~7;
  heldCount &= 7;
}

/** Pads with zeros to a whole byte. */
export function alignBits(): void {
  if (heldCount != 0) putBits(0, 8 - heldCount);
}

/** Writes whole bytes. The output must be aligned. */
export function putBytes(from: usize, length: i32): void {
  memory.copy(at, from, length);
  at += length;
}
