/**
 * The decoder: a state machine of small steps, which can pause for input anywhere and never holds more than one block.
 *
 *     stream   = "BZh" level ( block )* end, then another stream or nothing
 *     block    = magic, CRC, randomised?, origin, used bytes, tables' and groups' counts, selectors, code lengths, groups
 *
 * Every number is checked before it is used as an index or a count. Each step except a block's last consumes at least
 * one bit or outputs at least one byte, so input and output together bound the work.
 */
import { blockCrc, OUTPUT_END, putOut, startOutput } from "./decode-output";
import { decodeGroup, isBlockRead, linkRows, RECENT, rowCount, SELECTORS, startBlock } from "./decode-block";
import { buildDecodeTable, DECODE_TABLES, LENGTH_MAX, LENGTHS, TABLE_SIZE } from "./decode-tables";
import { isAtEnd, isOverrun, isReady, readBits, resetInput, skipToByte } from "./input";
import { BLOCK_MAGIC, END_MAGIC, GROUPS_MAX, TABLES } from "./layout";
import * as status from "./status";

const STREAM: i32 = 0;
const MAGIC: i32 = 1;
const SELECTOR: i32 = 2;
const LENGTH_START: i32 = 3;
const LENGTH: i32 = 4;
const SYMBOLS_OF_GROUP: i32 = 5;
const OUTPUT: i32 = 6;

export const DECODER_END: usize = OUTPUT_END;

let state: i32 = STREAM;
let streamCount: u32 = 0;
let blockLimit: u32 = 0;
let streamCrc: u32 = 0;
let expectedCrc: u32 = 0;
let origin: u32 = 0;
let tableCount: u32 = 0;
/** Symbols of the block's alphabet; the last one ends the block. */
let symbolCount: i32 = 0;
let selectorCount: u32 = 0;
/** Index of the next selector, table, or group. */
let index: u32 = 0;
let symbol: i32 = 0;
let length: u32 = 0;
/** The tables' numbers in the order of their last use, four bits each, the latest in the lowest bits. */
let tableOrder: u32 = 0;

export function startDecoder(): void {
  resetInput();
  state = STREAM;
  streamCount = 0;
}

/** Runs until there is output, the end, too little input, or damage. */
export function decode(): i32 {
  let result = status.GO_ON;
  while (result == status.GO_ON) {
    if (state == OUTPUT) return putOutBlock();
    if (!isReady()) return status.NEED_INPUT;
    if (state == STREAM && streamCount != 0 && isAtEnd()) return status.AT_END;
    result = step();
    if (isOverrun()) return status.TRUNCATED;
  }
  return result;
}

function step(): i32 {
  switch (state) {
    case STREAM: return readStreamHeader();
    case MAGIC: return readMagic();
    case SELECTOR: return readSelector();
    case LENGTH_START: return readLengthStart();
    case LENGTH: return readLength();
    default: return readGroup();
  }
}

function readStreamHeader(): i32 {
  if (readBits(24) != 0x425a68) return status.BAD_HEADER;
  const level = readBits(8) - 0x30;
  if (level < 1 || level > 9) return status.BAD_HEADER;
  blockLimit = level * 100000;
  streamCrc = 0;
  streamCount++;
  state = MAGIC;
  return status.GO_ON;
}

function readMagic(): i32 {
  const magic = (<u64>readBits(24) << 24) | <u64>readBits(24);
  expectedCrc = readBits(32);
  if (magic == END_MAGIC) {
    if (expectedCrc != streamCrc) return status.BAD_STREAM_CRC;
    skipToByte();
    state = STREAM;
    return status.GO_ON;
  }
  if (magic != BLOCK_MAGIC) return status.BAD_MAGIC;
  if (readBits(1) != 0) return status.RANDOMISED;
  origin = readBits(24);
  startBlock(blockLimit);
  return readBlockHeader();
}

function readBlockHeader(): i32 {
  const usedCount = readUsedBytes();
  if (usedCount == 0) return status.BAD_SYMBOL_MAP;
  symbolCount = usedCount + 2;
  tableCount = readBits(3);
  selectorCount = readBits(15);
  if (tableCount < 2 || tableCount > <u32>TABLES || selectorCount == 0) return status.BAD_SELECTORS;
  tableOrder = 0x543210;
  index = 0;
  state = SELECTOR;
  return status.GO_ON;
}

/** Writes the bytes that the block uses, ascending, to the list of recent bytes. Returns their number. */
function readUsedBytes(): i32 {
  const ranges = readBits(16);
  let count = 0;
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) == 0) continue;
    const used = readBits(16);
    for (let low = 0; low < 16; low++) {
      if (((used >> (15 - low)) & 1) != 0) store<u8>(RECENT + count++, <u8>((range << 4) | low));
    }
  }
  return count;
}

function readSelector(): i32 {
  let position: u32 = 0;
  while (readBits(1) != 0) {
    if (++position == tableCount) return status.BAD_SELECTORS;
  }
  const shift = position << 2;
  const table = (tableOrder >> shift) & 15;
  const before = tableOrder & ((1 << shift) - 1);
  const behind = tableOrder & ~((1 << (shift + 4)) - 1);
  tableOrder = behind | (before << 4) | table;
  // More selectors than any block has groups are legal, and have no effect.
  if (index < <u32>GROUPS_MAX) store<u8>(SELECTORS + index, <u8>table);
  if (++index == selectorCount) {
    index = 0;
    state = LENGTH_START;
  }
  return status.GO_ON;
}

function readLengthStart(): i32 {
  length = readBits(5);
  symbol = 0;
  state = LENGTH;
  return status.GO_ON;
}

/** Reads one step of the code lengths: up, down, or end of a symbol. */
function readLength(): i32 {
  if (length < 1 || length > <u32>LENGTH_MAX) return status.BAD_CODE_LENGTHS;
  if (readBits(1) != 0) {
    length += readBits(1) != 0 ? -1 : 1;
    return status.GO_ON;
  }
  store<u8>(LENGTHS + symbol, <u8>length);
  if (++symbol != symbolCount) return status.GO_ON;
  if (!buildDecodeTable(DECODE_TABLES + <usize>index * TABLE_SIZE, symbolCount)) return status.BAD_CODE_LENGTHS;
  state = LENGTH_START;
  if (++index == tableCount) {
    index = 0;
    state = SYMBOLS_OF_GROUP;
  }
  return status.GO_ON;
}

function readGroup(): i32 {
  if (index == min(selectorCount, <u32>GROUPS_MAX)) return status.TOO_LONG;
  const result = decodeGroup(index++, symbolCount - 1);
  if (result != status.GO_ON || !isBlockRead()) return result;
  if (origin >= rowCount) return status.BAD_ORIGIN;
  linkRows();
  startOutput(origin, rowCount);
  state = OUTPUT;
  return status.GO_ON;
}

function putOutBlock(): i32 {
  if (!putOut()) return status.HAVE_OUTPUT;
  const crc = blockCrc();
  if (crc != expectedCrc) return status.BAD_BLOCK_CRC;
  streamCrc = rotl<u32>(streamCrc, 1) ^ crc;
  state = MAGIC;
  return status.HAVE_OUTPUT;
}
