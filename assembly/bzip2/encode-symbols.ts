/**
 * Converts the transformed bytes to the symbols that get code words: each byte becomes its position in the list of
 * recently used bytes, and a run of positions 0 becomes its length in digits 1 and 2 (symbols 0 and 1), lowest first.
 * So position n > 0 is symbol n + 1, and one more symbol ends the block.
 */
import { BYTE_USED, CODED, FREQUENCIES, RECENT, ROTATED, SUFFIXES } from "./encode-layout";

/** Number of symbols to code, including the end. */
export let codedCount: i32 = 0;
/** Size of the block's alphabet. */
export let symbolCount: i32 = 0;

/** Lists the bytes that the block uses, ascending. */
function listUsed(word: usize, length: i32): i32 {
  memory.fill(BYTE_USED, 0, 256);
  for (let i = 0; i < length; i++) store<u8>(BYTE_USED + load<u8>(word + i), 1);
  let count = 0;
  for (let byte = 0; byte < 256; byte++) if (load<u8>(BYTE_USED + byte) != 0) store<u8>(RECENT + count++, <u8>byte);
  return count;
}

// @ts-ignore: decorator
@inline
function put(at: usize, symbol: u32): void {
  store<u16>(at, <u16>symbol);
  const slot = FREQUENCIES + (<usize>symbol << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

/** Writes the digits of a run of `length` times position 0; returns the address of the next symbol. */
// @ts-ignore: decorator
@inline
function putRun(at: usize, length: u32): usize {
  for (; length != 0; at += 2) {
    const digit = (length & 1) ^ 1;
    put(at, digit);
    length = (length - 1 - digit) >> 1;
  }
  return at;
}

/** Moves `byte` to the front of the list; returns its previous position, at least 1. */
// @ts-ignore: decorator
@inline
function moveToFront(byte: u32, front: u32): u32 {
  let at = RECENT + 1;
  let before = front;
  let here = <u32>load<u8>(at);
  while (here != byte) {
    store<u8>(at, <u8>before);
    before = here;
    here = load<u8>(++at);
  }
  store<u8>(at, <u8>before);
  store<u8>(RECENT, <u8>byte);
  return <u32>(at - RECENT);
}

/**
 * Codes the `period` transformed bytes, each of which represents `repeats` equal bytes. `period` × `repeats` is at
 * most the size of a block.
 */
export function codeSymbols(period: i32, repeats: i32): void {
  symbolCount = listUsed(ROTATED, period) + 2;
  memory.fill(FREQUENCIES, 0, 4 * symbolCount);
  let at = CODED;
  let run: u32 = 0;
  let front = <u32>load<u8>(RECENT);
  for (let row = SUFFIXES, end = SUFFIXES + (<usize>period << 2); row < end; row += 4) {
    const byte = load<u32>(row);
    if (byte == front) {
      run += repeats;
      continue;
    }
    at = putRun(at, run);
    put(at, moveToFront(byte, front) + 1);
    at += 2;
    front = byte;
    run = repeats - 1;
  }
  at = putRun(at, run);
  put(at, symbolCount - 1);
  codedCount = <i32>((at + 2 - CODED) >> 1);
}
