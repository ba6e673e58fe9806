/**
 * Decoding of a block: from code words to the bytes of the Burrows-Wheeler transform, and from those to their original
 * order. All of it is done before the block's first byte is output.
 */
import { BASES, DECODE_TABLES, DECODE_TABLES_END, ENDS, LENGTH_MAX, LOOK_BITS, SORTED, TABLE_SIZE } from "./decode-tables";
import { bitAt, setBitAt } from "./input";
import { BLOCK_MAX, GROUP, GROUPS_MAX, INPUT } from "./layout";
import { BAD_CODE, GO_ON, TOO_LONG } from "./status";

/** The bytes in the order of their last use, latest first. */
export const RECENT: usize = DECODE_TABLES_END;
/** Per byte, its number of occurrences in the block; later the start of its rows. */
const BYTE_COUNTS: usize = RECENT + 256 + 16;
/** Per group, the number of its table. */
export const SELECTORS: usize = BYTE_COUNTS + 4 * 256;
/** Per row of the sorted rotations: its last byte in the low 8 bits, later the row of the next byte above them. */
export const ROWS: usize = (SELECTORS + <usize>GROUPS_MAX + 63) & ~63;
export const ROWS_END: usize = ROWS + 4 * <usize>BLOCK_MAX;

/** Bytes of the block so far. */
export let rowCount: u32 = 0;
let rowLimit: u32 = 0;
/** The run that is being read: its value so far, and the weight of the next digit; 0 outside of runs. */
let runLength: u32 = 0;
let runWeight: u32 = 0;
let hasEnded: bool = false;

export function startBlock(limit: u32): void {
  rowCount = 0;
  rowLimit = limit;
  runLength = 0;
  runWeight = 0;
  hasEnded = false;
  memory.fill(BYTE_COUNTS, 0, 4 * 256);
}

export function isBlockRead(): bool {
  return hasEnded;
}

/** Ends a run; returns false if it does not fit into the block. */
function flushRun(): bool {
  if (runLength > rowLimit - rowCount) return false;
  const byte = <u32>load<u8>(RECENT);
  const slot = BYTE_COUNTS + (<usize>byte << 2);
  store<u32>(slot, load<u32>(slot) + runLength);
  const end = ROWS + (<usize>(rowCount + runLength) << 2);
  for (let row = ROWS + (<usize>rowCount << 2); row < end; row += 4) store<u32>(row, byte);
  rowCount += runLength;
  runLength = 0;
  runWeight = 0;
  return true;
}

/** Moves the byte at `position` to the front of the recent bytes, and returns it. */
// @ts-ignore: decorator
@inline
function recall(position: u32): u32 {
  let at = RECENT + position;
  const byte = load<u8>(at);
  // Most positions are small, where a loop is faster than a call.
  if (position >= 32) memory.copy(RECENT + 1, RECENT, position);
  else for (; at > RECENT; at--) store<u8>(at, load<u8>(at - 1));
  store<u8>(RECENT, byte);
  return byte;
}

/** Decodes a code word of more than `LOOK_BITS` bits at the top of `bits`: symbol and length as in a look-up, or 0. */
function findLong(table: usize, bits: u64): u32 {
  const top = <u32>(bits >> (64 - LENGTH_MAX));
  for (let length = LOOK_BITS + 1; length <= LENGTH_MAX; length++) {
    if (top >= load<u32>(table + ENDS + (<usize>length << 2))) continue;
    const rank = (top >> (LENGTH_MAX - length)) + load<u32>(table + BASES + (<usize>length << 2));
    return (<u32>load<u16>(table + SORTED + (<usize>rank << 1)) << 5) | length;
  }
  return 0;
}

/** Decodes the group number `group`: 50 symbols, or fewer up to the block's end. */
export function decodeGroup(group: u32, endSymbol: u32): i32 {
  const table = DECODE_TABLES + <usize>load<u8>(SELECTORS + group) * TABLE_SIZE;
  let next = INPUT + (bitAt >> 3);
  let bits = bswap<u64>(load<u64>(next)) << (bitAt & 7);
  let have = 64 - <i32>(bitAt & 7);
  next += 8;
  let status = GO_ON;
  for (let i = 0; i < GROUP; i++) {
    if (have < 32) {
      bits |= <u64>bswap<u32>(load<u32>(next)) << (32 - have);
      have += 32;
      next += 4;
    }
    let entry = <u32>load<u16>(table + (<usize>(bits >> (64 - LOOK_BITS)) << 1));
    if (entry == 0) {
      entry = findLong(table, bits);
      if (entry == 0) {
        status = BAD_CODE;
        break;
      }
    }
    const length = entry & 31;
    bits <<= length;
    have -= length;
    const symbol = entry >> 5;
    if (symbol < 2) {
      // A run longer than any block is rejected before its length can overflow.
      if (runWeight == 0) runWeight = 1;
      else if (runWeight > <u32>BLOCK_MAX) {
        status = TOO_LONG;
        break;
      }
      runLength += runWeight << symbol;
      runWeight <<= 1;
      continue;
    }
    if (runWeight != 0 && !flushRun()) {
      status = TOO_LONG;
      break;
    }
    if (symbol == endSymbol) {
      hasEnded = true;
      break;
    }
    if (rowCount == rowLimit) {
      status = TOO_LONG;
      break;
    }
    const byte = recall(symbol - 1);
    store<u32>(ROWS + (<usize>rowCount << 2), byte);
    rowCount++;
    const slot = BYTE_COUNTS + (<usize>byte << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  setBitAt(<u32>((next - INPUT) << 3) - have);
  return status;
}

/** Links the rows: after this, the upper 24 bits of each lead to the row of the byte that follows. */
export function linkRows(): void {
  let first: u32 = 0;
  for (let slot = BYTE_COUNTS; slot < BYTE_COUNTS + 4 * 256; slot += 4) {
    const count = load<u32>(slot);
    store<u32>(slot, first);
    first += count;
  }
  for (let row: u32 = 0; row < rowCount; row++) {
    const byte = load<u32>(ROWS + (<usize>row << 2)) & 255;
    const slot = BYTE_COUNTS + (<usize>byte << 2);
    const sorted = load<u32>(slot);
    store<u32>(slot, sorted + 1);
    const link = ROWS + (<usize>sorted << 2);
    store<u32>(link, load<u32>(link) | (row << 8));
  }
}
