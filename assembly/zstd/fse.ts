/**
 * Finite state entropy codes (RFC 8878 §4.1). A table has, for each symbol, what gives the number of bits that a state
 * loses to it, and where the next state is found; then the states themselves.
 */
import { putBits } from "../bit-output";
import { CELLS, COUNTS, FIRST_STATES, FSE_STATES, NORMALISED } from "./layout";

/** Offsets of a symbol's words. */
const BITS: usize = 0;
const FIND: usize = 4;

// @ts-ignore: decorator
@inline
function normalisedAt(symbol: i32): i32 {
  return load<i16>(NORMALISED + (<usize>symbol << 1));
}

// @ts-ignore: decorator
@inline
function setNormalised(symbol: i32, count: i32): void {
  store<i16>(NORMALISED + (<usize>symbol << 1), <i16>count);
}

/** The least number of bits that suits `total` symbols of values up to `symbolMax`, at most `logMax`. */
export function tableLogOf(total: u32, symbolMax: i32, logMax: u32): u32 {
  const bySize = 31 - clz(total - 1);
  const least = min(32 - clz(total), 33 - clz(<u32>symbolMax));
  return max<u32>(max(min(logMax, bySize > 2 ? bySize - 2 : 0), least), 5);
}

/** Scales COUNTS of the symbols up to `symbolMax`, of which at least two occur, to a sum of 2^log: NORMALISED. */
export function normalise(total: u32, symbolMax: i32, log: u32): void {
  const size: i32 = 1 << log;
  let sum: i32 = 0;
  let largest: i32 = 0;
  for (let symbol = 0; symbol <= symbolMax; symbol++) {
    const count = load<u32>(COUNTS + (<usize>symbol << 2));
    const scaled = <i32>(((<u64>count << (log + 1)) / total + 1) >> 1);
    // Of less than a cell, the symbol has one all the same.
    const cells = count == 0 ? 0 : scaled == 0 ? -1 : scaled;
    setNormalised(symbol, cells);
    sum += abs(cells);
    if (cells > normalisedAt(largest)) largest = symbol;
  }
  if (sum <= size) {
    setNormalised(largest, normalisedAt(largest) + size - sum);
    return;
  }
  for (; sum > size; sum--) {
    for (let symbol = 0; symbol <= symbolMax; symbol++) {
      if (normalisedAt(symbol) > normalisedAt(largest)) largest = symbol;
    }
    setNormalised(largest, normalisedAt(largest) - 1);
  }
}

/** Writes NORMALISED (RFC 8878 §4.1.1), without the bits that fill the last byte. */
export function putNormalised(symbolMax: i32, log: u32): void {
  putBits(log - 5, 4);
  let remaining: i32 = (1 << log) + 1;
  let threshold: i32 = 1 << log;
  let bits: u32 = log + 1;
  let symbol = 0;
  let followsZero = false;
  while (symbol <= symbolMax && remaining > 1) {
    if (followsZero) {
      const first = symbol;
      while (normalisedAt(symbol) == 0) symbol++;
      let zeros = symbol - first;
      for (; zeros >= 3; zeros -= 3) putBits(3, 2);
      putBits(zeros, 2);
    }
    const cells = normalisedAt(symbol++);
    const unused = 2 * threshold - 1 - remaining;
    remaining -= abs(cells);
    let value = cells + 1;
    if (value >= threshold) value += unused;
    putBits(value, bits - <u32>(value < unused));
    followsZero = cells == 0;
    for (; remaining < threshold && bits > 1; bits--) threshold >>= 1;
  }
}

/** Makes the table of NORMALISED. */
export function makeTable(table: usize, symbolMax: i32, log: u32): void {
  const size: i32 = 1 << log;
  const mask = size - 1;
  let last = mask;
  for (let symbol = 0; symbol <= symbolMax; symbol++) {
    if (normalisedAt(symbol) == -1) store<u8>(CELLS + <usize>(last--), <u8>symbol);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let cell = 0;
  for (let symbol = 0; symbol <= symbolMax; symbol++) {
    for (let left = normalisedAt(symbol); left > 0; left--) {
      store<u8>(CELLS + <usize>cell, <u8>symbol);
      do cell = (cell + step) & mask;
      while (cell > last);
    }
  }
  let states: i32 = 0;
  for (let symbol = 0; symbol <= symbolMax; symbol++) {
    const cells = normalisedAt(symbol);
    const words = table + (<usize>symbol << 3);
    store<u32>(FIRST_STATES + (<usize>symbol << 2), states);
    if (cells == 0) continue;
    const count = abs(cells);
    const bits: u32 = count == 1 ? log : log - (31 - clz(<u32>(count - 1)));
    store<u32>(words, (bits << 16) - (<u32>count << bits), BITS);
    store<i32>(words, states - count, FIND);
    states += count;
  }
  for (cell = 0; cell < size; cell++) {
    const next = FIRST_STATES + (<usize>load<u8>(CELLS + <usize>cell) << 2);
    const state = load<u32>(next);
    store<u32>(next, state + 1);
    store<u16>(table + (<usize>state << 1), <u16>(size + cell), FSE_STATES);
  }
}

/** The state whose symbol, the last one of a stream, is decoded first by the decoder. */
// @ts-ignore: decorator
@inline
export function firstState(table: usize, symbol: u32): u32 {
  const words = table + (<usize>symbol << 3);
  const deltaBits = load<u32>(words, BITS);
  const bits = (deltaBits + (1 << 15)) >> 16;
  return stateAt(table, words, ((bits << 16) - deltaBits) >> bits);
}

/** The number of bits that `state` loses to `symbol`. */
// @ts-ignore: decorator
@inline
export function lostBits(table: usize, symbol: u32, state: u32): u32 {
  return (state + load<u32>(table + (<usize>symbol << 3), BITS)) >> 16;
}

/** The state before `symbol`, given the state after it without the bits that it loses. */
// @ts-ignore: decorator
@inline
export function nextState(table: usize, symbol: u32, kept: u32): u32 {
  return stateAt(table, table + (<usize>symbol << 3), kept);
}

// @ts-ignore: decorator
@inline
function stateAt(table: usize, words: usize, kept: u32): u32 {
  return load<u16>(table + (<usize>(kept + load<u32>(words, FIND)) << 1), FSE_STATES);
}
