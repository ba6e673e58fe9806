/**
 * Prefix codes of the decoder: canonical, 1 to 20 bits, at most six of them in a block. A code word of up to
 * `LOOK_BITS` bits is decoded by one look-up, a longer one by comparison with the last code word of each length.
 *
 * Layout of a table: look-ups (u16: symbol, length in the low 5 bits, 0 for longer or unused), then for each length 0
 * to 20 the end of its code words (left-aligned to 20 bits, exclusive) and the rank of its first symbol minus its first
 * code word, then the symbols in the order of their code words (u16).
 */
import { ROLE, SYMBOLS, TABLES } from "./layout";

export const LENGTH_MAX: i32 = 20;
// Nine and eleven bits are no faster: most code words of a block are shorter, and six tables should stay in the cache.
export const LOOK_BITS: i32 = 10;

export const ENDS: usize = 2 << LOOK_BITS;
export const BASES: usize = ENDS + 4 * (LENGTH_MAX + 1);
export const SORTED: usize = BASES + 4 * (LENGTH_MAX + 1);
export const TABLE_SIZE: usize = SORTED + ((2 * SYMBOLS + 7) & ~7);

export const DECODE_TABLES: usize = ROLE;
/** The code lengths of the table that is being read, one byte each. */
export const LENGTHS: usize = DECODE_TABLES + <usize>TABLES * TABLE_SIZE;
/** Per length, the number of code words, and the next code word. */
const COUNTS: usize = LENGTHS + 264;
const NEXTS: usize = COUNTS + 4 * (LENGTH_MAX + 2);
export const DECODE_TABLES_END: usize = NEXTS + 4 * (LENGTH_MAX + 2);

/** Builds `table` from the `count` lengths. Returns false if there are too many code words for their lengths. */
export function buildDecodeTable(table: usize, count: i32): bool {
  memory.fill(COUNTS, 0, 4 * (LENGTH_MAX + 2));
  memory.fill(table, 0, ENDS);
  for (let symbol = 0; symbol < count; symbol++) {
    const slot = COUNTS + (<usize>load<u8>(LENGTHS + symbol) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let code: u32 = 0;
  let rank: u32 = 0;
  for (let length = 1; length <= LENGTH_MAX; length++) {
    const slot = <usize>length << 2;
    const ofLength = load<u32>(COUNTS + slot);
    store<u32>(NEXTS + slot, code);
    store<u32>(table + BASES + slot, rank - code);
    code += ofLength;
    if (code > <u32>1 << length) return false;
    store<u32>(table + ENDS + slot, code << (LENGTH_MAX - length));
    rank += ofLength;
    code <<= 1;
  }
  for (let symbol = 0; symbol < count; symbol++) place(table, symbol);
  return true;
}

function place(table: usize, symbol: i32): void {
  const length = <i32>load<u8>(LENGTHS + symbol);
  const slot = <usize>length << 2;
  const code = load<u32>(NEXTS + slot);
  store<u32>(NEXTS + slot, code + 1);
  const rank = code + load<u32>(table + BASES + slot);
  store<u16>(table + SORTED + (<usize>rank << 1), <u16>symbol);
  if (length > LOOK_BITS) return;
  const entry = <u16>((symbol << 5) | length);
  const first = code << (LOOK_BITS - length);
  const end = first + (1 << (LOOK_BITS - length));
  for (let look = first; look < end; look++) store<u16>(table + (<usize>look << 1), entry);
}
