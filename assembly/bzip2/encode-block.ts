/** Writes a block: its header, the selectors of the groups' codes, the codes, and the code words. */
import { putBits } from "./bits";
import { BYTE_USED, CODED, CODES, LENGTHS, ROW, SELECTORS } from "./encode-layout";
import { codedCount, symbolCount } from "./encode-symbols";
import { groupCount, tableCount } from "./encode-tables";
import { BLOCK_MAGIC, GROUP } from "./layout";

export function putBlock(crc: u32, origin: u32): void {
  putBits(24, <u32>(BLOCK_MAGIC >> 24));
  putBits(24, <u32>(BLOCK_MAGIC & 0xffffff));
  putBits(32, crc);
  putBits(1, 0);
  putBits(24, origin);
  putUsedBytes();
  putBits(3, tableCount);
  putBits(15, groupCount);
  putSelectors();
  for (let table = 0; table < tableCount; table++) {
    putLengths(LENGTHS + <usize>table * ROW);
    assignCodes(LENGTHS + <usize>table * ROW, CODES + <usize>table * 4 * ROW);
  }
  putSymbols();
}

/** Writes which of 16 ranges of bytes occur, and for each of those which of its 16 bytes. */
function putUsedBytes(): void {
  let ranges: u32 = 0;
  for (let range = 0; range < 16; range++) ranges = (ranges << 1) | (usedOf(range) != 0 ? 1 : 0);
  putBits(16, ranges);
  for (let range = 0; range < 16; range++) {
    const used = usedOf(range);
    if (used != 0) putBits(16, used);
  }
}

function usedOf(range: i32): u32 {
  let used: u32 = 0;
  for (let low = 0; low < 16; low++) used = (used << 1) | load<u8>(BYTE_USED + ((range << 4) | low));
  return used;
}

/** Writes each selector as its position in the list of recently used tables, in unary. */
function putSelectors(): void {
  let order: u32 = 0x543210;
  for (let group = 0; group < groupCount; group++) {
    const table = <u32>load<u8>(SELECTORS + group);
    let shift: u32 = 0;
    for (; ((order >> shift) & 15) != table; shift += 4) putBits(1, 1);
    putBits(1, 0);
    const before = order & ((1 << shift) - 1);
    const behind = order & ~((1 << (shift + 4)) - 1);
    order = behind | (before << 4) | table;
  }
}

/** Writes each length as steps from the one before: 10 up, 11 down, 0 end. */
function putLengths(lengths: usize): void {
  let length = <i32>load<u8>(lengths);
  putBits(5, length);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const wanted = <i32>load<u8>(lengths + symbol);
    for (; length < wanted; length++) putBits(2, 2);
    for (; length > wanted; length--) putBits(2, 3);
    putBits(1, 0);
  }
}

/** Assigns canonical code words: ascending by length, then by symbol. */
function assignCodes(lengths: usize, codes: usize): void {
  let code: u32 = 0;
  for (let length = 1; length <= 17; length++) {
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      if (load<u8>(lengths + symbol) == length) store<u32>(codes + (<usize>symbol << 2), code++);
    }
    code <<= 1;
  }
}

function putSymbols(): void {
  const codedEnd = CODED + (<usize>codedCount << 1);
  let at = CODED;
  for (let group = 0; group < groupCount; group++) {
    const table = <usize>load<u8>(SELECTORS + group);
    const lengths = LENGTHS + table * ROW;
    const codes = CODES + table * 4 * ROW;
    for (const end = min(at + 2 * GROUP, codedEnd); at < end; at += 2) {
      const symbol = <usize>load<u16>(at);
      putBits(load<u8>(lengths + symbol), load<u32>(codes + (symbol << 2)));
    }
  }
}
