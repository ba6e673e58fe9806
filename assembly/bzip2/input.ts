/**
 * The decoder's input: bytes from the host, read as bits, the most significant first.
 *
 * Decoding goes in steps that each take less than `INPUT_MARGIN` bytes. A step is only begun when that much is there,
 * or when the host has said that nothing follows; then zeros lie behind the end, and a step that read into them shows
 * by `isOverrun`. So no read within a step has to be checked.
 */
import { INPUT, INPUT_MARGIN } from "./layout";

/** Position of the next bit, in bits from `INPUT`. */
export let bitAt: u32 = 0;
/** Bytes from `INPUT` that the host has filled. */
let filled: u32 = 0;
let isLast: bool = false;

export function resetInput(): void {
  bitAt = 0;
  filled = 0;
  isLast = false;
}

/** Moves what is unread to the front, and returns where the host may put `INPUT_STEP` bytes more. */
export function makeRoom(): usize {
  const read = min(bitAt >> 3, filled);
  memory.copy(INPUT, INPUT + read, filled - read);
  bitAt -= read << 3;
  filled -= read;
  return INPUT + filled;
}

export function take(length: u32): void {
  filled += length;
}

export function takeEnd(): void {
  memory.fill(INPUT + filled, 0, 2 * INPUT_MARGIN);
  isLast = true;
}

/** Whether a step can begin. */
export function isReady(): bool {
  return isLast || filled >= (bitAt >> 3) + INPUT_MARGIN;
}

/** Whether every byte was read and no more will come. */
export function isAtEnd(): bool {
  return isLast && bitAt >= filled << 3;
}

export function isOverrun(): bool {
  return bitAt > filled << 3;
}

/** The next `count` bits, 1 to 32. */
export function readBits(count: u32): u32 {
  const word = bswap<u64>(load<u64>(INPUT + (bitAt >> 3))) << (bitAt & 7);
  bitAt += count;
  return <u32>(word >> (64 - count));
}

export function skipToByte(): void {
  bitAt = (bitAt + 7) & ~7;
}

/** For the one loop that reads bits by itself. */
export function setBitAt(position: u32): void {
  bitAt = position;
}
