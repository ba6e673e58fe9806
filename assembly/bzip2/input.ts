/**
 * The decoder's input: bytes from the host, read as bits, most significant first.
 *
 * Each decoding step takes less than `INPUT_MARGIN` bytes. A step starts only when that many are available, or when the
 * host has reported the end; then zeros follow the end, and `isOverrun` detects a step that read into them. So reads
 * within a step need no checks.
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

/** Moves unread bytes to the front, and returns the address for `INPUT_STEP` more bytes from the host. */
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

/** Whether a step can start. */
export function isReady(): bool {
  return isLast || filled >= (bitAt >> 3) + INPUT_MARGIN;
}

/** Whether every byte has been read and no more will come. */
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

/** Sets the position, for the one loop that reads bits itself. */
export function setBitAt(position: u32): void {
  bitAt = position;
}
