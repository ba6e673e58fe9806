/** Blocks (RFC 1951 §3.2.3 to 3.2.7): each is written as the shortest of the three types. */
import { alignBits, at, held, heldCount, putBits, putBytes, setBits } from "../bit-output";
import { headerSize, makeHeader, putHeader } from "./header";
import {
  DISTANCE_FREQUENCIES,
  DISTANCE_LENGTHS,
  DISTANCE_SYMBOLS,
  DISTANCE_WORDS,
  END_OF_BLOCK,
  LITERAL_FREQUENCIES,
  LITERAL_LENGTHS,
  LITERAL_SYMBOLS,
  LITERAL_WORDS,
  MATCH_WORDS,
  SEQUENCES,
} from "./layout";
import { makeCode, makeWords } from "./prefix-code";
import {
  distanceExtraBits,
  distanceSymbol,
  FIRST_LENGTH,
  LENGTH_SYMBOL_COUNT,
  lengthBase,
  lengthExtraBits,
  lengthSymbol,
  MATCH_MAX,
  MATCH_MIN,
} from "./symbols";

/** Longest code word: three literals, or a length and a distance with their extra bits, fit into 57 bits. */
const WORD_MAX: u32 = 15;
const STORED_MAX: i32 = 65535;
/** A code word is stored in one word with its number of bits. */
const COUNT_SHIFT: u32 = 24;
const WORD_MASK: u32 = 0xffffff;

const STORED: u32 = 0;
const FIXED: u32 = 1;
const DYNAMIC: u32 = 2;

/** Writes the block of `length` plain bytes at `plain`, whose sequences end at `end`. */
export function putBlock(plain: usize, length: i32, end: usize): void {
  const frequencyOfEnd = LITERAL_FREQUENCIES + 4 * END_OF_BLOCK;
  store<u32>(frequencyOfEnd, load<u32>(frequencyOfEnd) + 1);
  const extra = extraBits();
  const fixed = fixedSize() + extra;
  makeCode(LITERAL_FREQUENCIES, LITERAL_SYMBOLS - 2, WORD_MAX, LITERAL_LENGTHS, LITERAL_WORDS);
  makeCode(DISTANCE_FREQUENCIES, DISTANCE_SYMBOLS, WORD_MAX, DISTANCE_LENGTHS, DISTANCE_WORDS);
  makeHeader();
  const dynamic = headerSize() + codedSize() + extra;
  const stored = (length + 5 * (length / STORED_MAX + 1)) << 3;
  if (stored <= min(fixed, dynamic)) {
    putStored(plain, length);
  } else if (fixed <= dynamic) {
    putBits(FIXED << 1, 3);
    makeFixedCodes();
    putSequences(plain, end);
  } else {
    putBits(DYNAMIC << 1, 3);
    putHeader();
    putSequences(plain, end);
  }
}

/** Writes an empty stored block, after which the output is byte-aligned, so that the next piece can follow. */
export function putFlush(): void {
  putBits(STORED << 1, 3);
  alignBits();
  putBits(0xffff0000, 32);
}

function putStored(plain: usize, length: i32): void {
  while (length > 0) {
    const part = min(length, STORED_MAX);
    putBits(STORED << 1, 3);
    alignBits();
    putBits(<u32>part | (~(<u32>part) << 16), 32);
    putBytes(plain, part);
    plain += part;
    length -= part;
  }
}

function extraBits(): i32 {
  let bits: u32 = 0;
  for (let symbol = FIRST_LENGTH; symbol < FIRST_LENGTH + LENGTH_SYMBOL_COUNT; symbol++) {
    bits += load<u32>(LITERAL_FREQUENCIES + (<usize>symbol << 2)) * lengthExtraBits(symbol);
  }
  for (let symbol: u32 = 0; symbol < <u32>DISTANCE_SYMBOLS; symbol++) {
    bits += load<u32>(DISTANCE_FREQUENCIES + (<usize>symbol << 2)) * distanceExtraBits(symbol);
  }
  return bits;
}

function fixedLength(symbol: i32): u32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

function fixedSize(): i32 {
  let bits: u32 = 3;
  for (let symbol = 0; symbol < LITERAL_SYMBOLS; symbol++) {
    bits += load<u32>(LITERAL_FREQUENCIES + (<usize>symbol << 2)) * fixedLength(symbol);
  }
  for (let symbol = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
    bits += load<u32>(DISTANCE_FREQUENCIES + (<usize>symbol << 2)) * 5;
  }
  return bits;
}

function codedSize(): i32 {
  let bits: u32 = 3;
  for (let symbol: usize = 0; symbol < <usize>LITERAL_SYMBOLS; symbol++) {
    bits += load<u32>(LITERAL_FREQUENCIES + (symbol << 2)) * load<u8>(LITERAL_LENGTHS + symbol);
  }
  for (let symbol: usize = 0; symbol < <usize>DISTANCE_SYMBOLS; symbol++) {
    bits += load<u32>(DISTANCE_FREQUENCIES + (symbol << 2)) * load<u8>(DISTANCE_LENGTHS + symbol);
  }
  return bits;
}

function makeFixedCodes(): void {
  for (let symbol = 0; symbol < LITERAL_SYMBOLS; symbol++) {
    store<u8>(LITERAL_LENGTHS + <usize>symbol, <u8>fixedLength(symbol));
  }
  memory.fill(DISTANCE_LENGTHS, 5, DISTANCE_SYMBOLS);
  makeWords(LITERAL_LENGTHS, LITERAL_SYMBOLS, LITERAL_WORDS);
  makeWords(DISTANCE_LENGTHS, DISTANCE_SYMBOLS, DISTANCE_WORDS);
}

/** Combines each code word with its number of bits, and those of match lengths also with their extra bits. */
function packWords(): void {
  for (let symbol: usize = 0; symbol < <usize>LITERAL_SYMBOLS; symbol++) pack(LITERAL_WORDS, LITERAL_LENGTHS, symbol);
  for (let symbol: usize = 0; symbol < <usize>DISTANCE_SYMBOLS; symbol++) pack(DISTANCE_WORDS, DISTANCE_LENGTHS, symbol);
  for (let length = MATCH_MIN; length <= MATCH_MAX; length++) {
    const symbol = lengthSymbol(length);
    const word = load<u32>(LITERAL_WORDS + (<usize>symbol << 2));
    const count = word >> COUNT_SHIFT;
    const extra = <u32>(length - lengthBase(symbol)) << count;
    const packed = ((word & WORD_MASK) | extra) | ((count + lengthExtraBits(symbol)) << COUNT_SHIFT);
    store<u32>(MATCH_WORDS + (<usize>length << 2), packed);
  }
}

// @ts-ignore: decorator
@inline
function pack(words: usize, lengths: usize, symbol: usize): void {
  const word = words + (symbol << 2);
  store<u32>(word, load<u32>(word) | (<u32>load<u8>(lengths + symbol) << COUNT_SHIFT));
}

/** Writes all sequences up to `end`, and the end of the block. */
function putSequences(plain: usize, end: usize): void {
  packWords();
  let bits = held;
  let count: u64 = heldCount;
  let to = at;
  let from = plain;
  for (let sequence = SEQUENCES; sequence < end; sequence += 8) {
    let literals = load<u32>(sequence);
    for (; literals >= 3; literals -= 3) {
      const first = load<u32>(LITERAL_WORDS + (<usize>load<u8>(from) << 2));
      const second = load<u32>(LITERAL_WORDS + (<usize>load<u8>(from, 1) << 2));
      const third = load<u32>(LITERAL_WORDS + (<usize>load<u8>(from, 2) << 2));
      from += 3;
      bits |= (<u64>(first & WORD_MASK)) << count;
      count += first >> COUNT_SHIFT;
      bits |= (<u64>(second & WORD_MASK)) << count;
      count += second >> COUNT_SHIFT;
      bits |= (<u64>(third & WORD_MASK)) << count;
      count += third >> COUNT_SHIFT;
      store<u64>(to, bits);
      to += <usize>(count >> 3);
      bits >>= count & ~7;
      count &= 7;
    }
    for (; literals > 0; literals--) {
      const word = load<u32>(LITERAL_WORDS + (<usize>load<u8>(from++) << 2));
      bits |= (<u64>(word & WORD_MASK)) << count;
      count += word >> COUNT_SHIFT;
    }
    // Up to 37 bits are pending, which leaves no room for a length and a distance.
    store<u64>(to, bits);
    to += <usize>(count >> 3);
    bits >>= count & ~7;
    count &= 7;
    const length = <usize>load<u16>(sequence, 4);
    if (length == 0) continue;
    const word = load<u32>(MATCH_WORDS + (length << 2));
    bits |= (<u64>(word & WORD_MASK)) << count;
    count += word >> COUNT_SHIFT;
    const distance: u32 = load<u16>(sequence, 6);
    const symbol = distanceSymbol(distance);
    const distanceWord = load<u32>(DISTANCE_WORDS + (<usize>symbol << 2));
    bits |= (<u64>(distanceWord & WORD_MASK)) << count;
    count += distanceWord >> COUNT_SHIFT;
    const extraCount = distanceExtraBits(symbol);
    bits |= (<u64>((distance - 1) & ((<u32>1 << extraCount) - 1))) << count;
    count += extraCount;
    store<u64>(to, bits);
    to += <usize>(count >> 3);
    bits >>= count & ~7;
    count &= 7;
    from += length;
  }
  setBits(bits, <u32>count, to);
  const word = load<u32>(LITERAL_WORDS + 4 * END_OF_BLOCK);
  putBits(word & WORD_MASK, word >> COUNT_SHIFT);
}
