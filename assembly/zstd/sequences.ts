/** The sequences section of a block (RFC 8878 §3.1.1.3.2): three kinds of codes, each with a table of states of its own. */
import { alignBits, at, putBits, startBits } from "../bit-output";
import { setWord, wordAt } from "../prefix-tree";
import {
  LITERAL_KIND,
  literalBits,
  literalCode,
  logMaxOf,
  MATCH_KIND,
  matchBits,
  matchCode,
  OFFSET_KIND,
  predefinedLog,
  predefinedMax,
  predefinedOf,
} from "./codes";
import { firstState, lostBits, makeTable, nextState, normalise, putNormalised, tableLogOf } from "./fse";
import {
  COUNTS,
  FSE_TABLE_SIZE,
  FSE_TABLES,
  LITERAL_CODES,
  MATCH_CODES,
  NORMALISED,
  OFFSET_CODES,
  SEQUENCE_SIZE,
  SEQUENCES,
} from "./layout";

const PREDEFINED: u32 = 0;
const RUN: u32 = 1;
const OWN: u32 = 2;
const KINDS: i32 = 3;
/** Fewer sequences do not pay for the description of a table. */
const OWN_MIN: i32 = 64;
/** Numbers of sequences that take two bytes and three. */
const COUNT_OF_TWO: i32 = 128;
const COUNT_OF_THREE: i32 = 0x7f00;

/** The table that each kind of codes uses in this block, and the number of bits of its states; no table for a run. */
const tables: usize = memory.data(4 * 3, 16);
const logs: usize = memory.data(4 * 3, 16);

function predefinedTable(kind: i32): usize {
  return FSE_TABLES + <usize>(1 + kind) * FSE_TABLE_SIZE;
}

function ownTable(kind: i32): usize {
  return FSE_TABLES + <usize>(1 + KINDS + kind) * FSE_TABLE_SIZE;
}

export function makePredefinedTables(): void {
  for (let kind = 0; kind < KINDS; kind++) {
    memory.copy(NORMALISED, predefinedOf(kind), <usize>(predefinedMax(kind) + 1) << 1);
    makeTable(predefinedTable(kind), predefinedMax(kind), predefinedLog(kind));
  }
}

/** Writes the section of the sequences up to `end` to `to`. Returns its end. */
export function putSequences(end: usize, to: usize): usize {
  const count = <i32>((end - SEQUENCES) / SEQUENCE_SIZE);
  if (count < COUNT_OF_TWO) {
    store<u8>(to++, <u8>count);
    if (count == 0) return to;
  } else if (count < COUNT_OF_THREE) {
    store<u8>(to, <u8>((count >> 8) + 128));
    store<u8>(to, <u8>count, 1);
    to += 2;
  } else {
    store<u8>(to, 255);
    store<u16>(to, <u16>(count - COUNT_OF_THREE), 1);
    to += 3;
  }
  listCodes(end);
  const modes = to++;
  let mode: u32 = 0;
  for (let kind = 0; kind < KINDS; kind++) {
    startBits(to);
    mode = (mode << 2) | putTable(kind, codesOf(kind), count);
    to = at;
  }
  store<u8>(modes, <u8>(mode << 2));
  return putStream(count, end, to);
}

function codesOf(kind: i32): usize {
  return kind == LITERAL_KIND ? LITERAL_CODES : kind == OFFSET_KIND ? OFFSET_CODES : MATCH_CODES;
}

function listCodes(end: usize): void {
  let index: usize = 0;
  for (let sequence = SEQUENCES; sequence < end; sequence += SEQUENCE_SIZE) {
    store<u8>(LITERAL_CODES + index, <u8>literalCode(load<u32>(sequence)));
    store<u8>(MATCH_CODES + index, <u8>matchCode(load<u32>(sequence, 4)));
    store<u8>(OFFSET_CODES + index, <u8>(31 - clz(load<u32>(sequence, 8))));
    index++;
  }
}

/** Writes the description of a kind's table, if it needs one, and whole bytes. Returns its mode. */
function putTable(kind: i32, codes: usize, count: i32): u32 {
  memory.fill(COUNTS, 0, 4 * 64);
  for (let i: usize = 0; i < <usize>count; i++) {
    const code = load<u8>(codes + i);
    setWord(COUNTS, code, wordAt(COUNTS, code) + 1);
  }
  const first = <i32>load<u8>(codes);
  if (wordAt(COUNTS, first) == <u32>count && count > 2) {
    putBits(first, 8);
    setWord(tables, kind, 0);
    setWord(logs, kind, 0);
    return RUN;
  }
  if (count < OWN_MIN) {
    setWord(tables, kind, <u32>predefinedTable(kind));
    setWord(logs, kind, predefinedLog(kind));
    return PREDEFINED;
  }
  let codeMax = 63;
  while (wordAt(COUNTS, codeMax) == 0) codeMax--;
  const log = tableLogOf(count, codeMax, logMaxOf(kind));
  normalise(count, codeMax, log);
  putNormalised(codeMax, log);
  alignBits();
  makeTable(ownTable(kind), codeMax, log);
  setWord(tables, kind, <u32>ownTable(kind));
  setWord(logs, kind, log);
  return OWN;
}

/** Writes all sequences, the last one first, and the states with which the decoder begins. Returns the end. */
function putStream(count: i32, sequencesEnd: usize, to: usize): usize {
  const literalTable = <usize>wordAt(tables, LITERAL_KIND);
  const matchTable = <usize>wordAt(tables, MATCH_KIND);
  const offsetTable = <usize>wordAt(tables, OFFSET_KIND);
  let literalState: u32 = 0, matchState: u32 = 0, offsetState: u32 = 0;
  let bits: u64 = 0;
  let held: u64 = 0;
  let sequence = sequencesEnd;
  for (let index = count - 1; index >= 0; index--) {
    sequence -= SEQUENCE_SIZE;
    const lengthOfLiterals = load<u32>(sequence);
    const lengthOfMatch = load<u32>(sequence, 4);
    const offsetValue = load<u32>(sequence, 8);
    const literal: u32 = load<u8>(LITERAL_CODES + <usize>index);
    const match: u32 = load<u8>(MATCH_CODES + <usize>index);
    const offset: u32 = load<u8>(OFFSET_CODES + <usize>index);
    if (index == count - 1) {
      if (literalTable != 0) literalState = firstState(literalTable, literal);
      if (matchTable != 0) matchState = firstState(matchTable, match);
      if (offsetTable != 0) offsetState = firstState(offsetTable, offset);
    } else {
      // At most 26 bits of states, beside seven that are held.
      if (offsetTable != 0) {
        const lost = lostBits(offsetTable, offset, offsetState);
        bits |= <u64>(offsetState & ((<u32>1 << lost) - 1)) << held;
        held += lost;
        offsetState = nextState(offsetTable, offset, offsetState >> lost);
      }
      if (matchTable != 0) {
        const lost = lostBits(matchTable, match, matchState);
        bits |= <u64>(matchState & ((<u32>1 << lost) - 1)) << held;
        held += lost;
        matchState = nextState(matchTable, match, matchState >> lost);
      }
      if (literalTable != 0) {
        const lost = lostBits(literalTable, literal, literalState);
        bits |= <u64>(literalState & ((<u32>1 << lost) - 1)) << held;
        held += lost;
        literalState = nextState(literalTable, literal, literalState >> lost);
      }
    }
    const literalExtra = literalBits(literal);
    bits |= <u64>(lengthOfLiterals & ((<u32>1 << literalExtra) - 1)) << held;
    held += literalExtra;
    store<u64>(to, bits);
    to += <usize>(held >> 3);
    bits >>= held & ~7;
    held &= 7;
    const matchExtra = matchBits(match);
    bits |= <u64>(lengthOfMatch & ((<u32>1 << matchExtra) - 1)) << held;
    held += matchExtra;
    bits |= <u64>(offsetValue & ((<u32>1 << offset) - 1)) << held;
    held += offset;
    store<u64>(to, bits);
    to += <usize>(held >> 3);
    bits >>= held & ~7;
    held &= 7;
  }
  const literalLog = wordAt(logs, LITERAL_KIND), matchLog = wordAt(logs, MATCH_KIND), offsetLog = wordAt(logs, OFFSET_KIND);
  bits |= <u64>(matchState & ((<u32>1 << matchLog) - 1)) << held;
  held += matchLog;
  bits |= <u64>(offsetState & ((<u32>1 << offsetLog) - 1)) << held;
  held += offsetLog;
  bits |= <u64>(literalState & ((<u32>1 << literalLog) - 1)) << held;
  held += literalLog;
  bits |= <u64>1 << held;
  store<u64>(to, bits);
  return to + <usize>((held >> 3) + 1);
}
