/** The header of a block with dynamic codes (RFC 1951 §3.2.7): the code lengths, run-length coded. */
import { putBits } from "../bit-output";
import {
  DISTANCE_LENGTHS,
  DISTANCE_SYMBOLS,
  HEADER,
  LENGTH_FREQUENCIES,
  LENGTH_LENGTHS,
  LENGTH_SYMBOLS,
  LENGTH_WORDS,
  LITERAL_LENGTHS,
} from "./layout";
import { makeCode } from "./prefix-code";
import { FIRST_LENGTH, LENGTH_SYMBOL_COUNT } from "./symbols";

/** The order of the lengths of the header's own code. */
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const WORD_MAX: u32 = 7;
/** Symbols that repeat the previous length 3 to 6 times, and zero 3 to 10 times and 11 to 138 times. */
const REPEAT: i32 = 16;
const ZEROS: i32 = 17;
const MANY_ZEROS: i32 = 18;

let literalCount: i32 = 0;
let distanceCount: i32 = 0;
let lengthCount: i32 = 0;
let end: usize = HEADER;

/** Makes the header: the lengths of both codes in one list, each without trailing zeros. */
export function makeHeader(): void {
  literalCount = usedCount(LITERAL_LENGTHS, FIRST_LENGTH + LENGTH_SYMBOL_COUNT, 257);
  distanceCount = usedCount(DISTANCE_LENGTHS, DISTANCE_SYMBOLS, 1);
  memory.fill(LENGTH_FREQUENCIES, 0, 4 * LENGTH_SYMBOLS);
  end = HEADER;
  listRuns();
  makeCode(LENGTH_FREQUENCIES, LENGTH_SYMBOLS, WORD_MAX, LENGTH_LENGTHS, LENGTH_WORDS);
  lengthCount = LENGTH_SYMBOLS;
  while (lengthCount > 4 && lengthOf(lengthCount - 1) == 0) lengthCount--;
}

function usedCount(lengths: usize, count: i32, countMin: i32): i32 {
  while (count > countMin && load<u8>(lengths + <usize>count - 1) == 0) count--;
  return count;
}

function lengthOf(place: i32): u32 {
  return load<u8>(LENGTH_LENGTHS + <usize>load<u8>(ORDER + <usize>place));
}

// @ts-ignore: decorator
@inline
function listed(index: i32): i32 {
  return index < literalCount
    ? load<u8>(LITERAL_LENGTHS + <usize>index)
    : load<u8>(DISTANCE_LENGTHS + <usize>(index - literalCount));
}

function listRuns(): void {
  const count = literalCount + distanceCount;
  for (let index = 0; index < count; ) {
    const length = listed(index);
    let run = 1;
    while (index + run < count && listed(index + run) == length) run++;
    index += run;
    if (length == 0) {
      for (; run >= 11; run -= min(run, 138)) add(MANY_ZEROS, min(run, 138) - 11);
      if (run >= 3) {
        add(ZEROS, run - 3);
        run = 0;
      }
    } else {
      add(length, 0);
      run--;
      for (; run >= 3; run -= min(run, 6)) add(REPEAT, min(run, 6) - 3);
    }
    for (; run > 0; run--) add(length, 0);
  }
}

function add(symbol: i32, extra: i32): void {
  const frequency = LENGTH_FREQUENCIES + (<usize>symbol << 2);
  store<u32>(frequency, load<u32>(frequency) + 1);
  store<u8>(end, <u8>symbol);
  store<u8>(end, <u8>extra, 1);
  end += 2;
}

function extraBitsOf(symbol: u32): u32 {
  return symbol < <u32>REPEAT ? 0 : symbol == <u32>REPEAT ? 2 : symbol == <u32>ZEROS ? 3 : 7;
}

/** The size of the header in bits. */
export function headerSize(): i32 {
  let bits: u32 = 5 + 5 + 4 + 3 * lengthCount;
  for (let at = HEADER; at < end; at += 2) {
    const symbol: u32 = load<u8>(at);
    bits += <u32>load<u8>(LENGTH_LENGTHS + <usize>symbol) + extraBitsOf(symbol);
  }
  return bits;
}

export function putHeader(): void {
  putBits(literalCount - 257, 5);
  putBits(distanceCount - 1, 5);
  putBits(lengthCount - 4, 4);
  for (let place = 0; place < lengthCount; place++) putBits(lengthOf(place), 3);
  for (let at = HEADER; at < end; at += 2) {
    const symbol: u32 = load<u8>(at);
    putBits(load<u32>(LENGTH_WORDS + (<usize>symbol << 2)), load<u8>(LENGTH_LENGTHS + <usize>symbol));
    putBits(load<u8>(at, 1), extraBitsOf(symbol));
  }
}
