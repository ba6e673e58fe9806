/** Finite state entropy: the tables of a zstd block (RFC 8878 §4.1.1). */
import type { BackwardBits } from "./bits.js";

export interface FseTable {
  /** Bits of a state: the table has 2^`log` entries. */
  readonly log: number;
  /** By state: the symbol, the number of bits to read for the next state, and the base to add them to. */
  readonly symbols: Uint8Array;
  readonly bitCounts: Uint8Array;
  readonly bases: Uint16Array;
}

export interface FseLimits {
  readonly logMax: number;
  readonly symbolMax: number;
}

/** Reads a table's description from `bytes`. @throws Error if it is malformed or exceeds the limits */
export function readFseTable(
  bytes: Uint8Array,
  limits: FseLimits,
): { readonly table: FseTable; readonly size: number } {
  const bits = new ForwardBits(bytes);
  const log = bits.read(4) + 5;
  if (log > limits.logMax) throw new Error("an entropy table is too large");
  const counts: number[] = [];
  for (let left = 1 << log; left > 0; ) {
    const count = bits.readUpTo(left + 1) - 1;
    counts.push(count);
    if (counts.length > limits.symbolMax + 1) throw new Error("an entropy table has too many symbols");
    left -= Math.abs(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = bits.read(2);
      for (let i = 0; i < repeat; i++) counts.push(0);
    }
  }
  return { table: buildFseTable(counts, log), size: bits.sizeInBytes() };
}

/** @param counts by symbol: its number of states, −1 for less than one. The counts sum up to 2^`log`. */
export function buildFseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const bitCounts = new Uint8Array(size);
  const bases = new Uint16Array(size);
  let high = size - 1;
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[high--] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let state = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[state] = symbol;
      do state = (state + step) & (size - 1);
      while (state > high);
    }
  });
  const next = counts.map((count) => Math.abs(count));
  for (let i = 0; i < size; i++) {
    const symbol = symbols[i]!;
    const ordinal = next[symbol]!;
    next[symbol] = ordinal + 1;
    const bitCount = log - (31 - Math.clz32(ordinal));
    bitCounts[i] = bitCount;
    bases[i] = (ordinal << bitCount) - size;
  }
  return { log, symbols, bitCounts, bases };
}

/** The table of a block in which all symbols are the same. */
export function constantFseTable(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bitCounts: new Uint8Array(1), bases: new Uint16Array(1) };
}

/** The state that follows `state`. */
export function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return table.bases[state]! + bits.read(table.bitCounts[state]!);
}

class ForwardBits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    const value = this.#peek(count);
    this.#at += count;
    if (this.#at > this.#bytes.length * 8) throw new Error("an entropy table ends early");
    return value;
  }

  /** Reads a number from 0 to `max`; smaller numbers take one bit less. */
  readUpTo(max: number): number {
    const count = 32 - Math.clz32(max);
    const half = 1 << (count - 1);
    const shortCount = 2 * half - 1 - max;
    const value = this.#peek(count);
    const low = value & (half - 1);
    if (low < shortCount) return this.read(count - 1);
    this.read(count);
    return value < half ? value : value - shortCount;
  }

  sizeInBytes(): number {
    return Math.ceil(this.#at / 8);
  }

  #peek(count: number): number {
    const from = this.#at >> 3;
    const bytes = this.#bytes;
    const word = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16);
    return (word >> (this.#at & 7)) & ((1 << count) - 1);
  }
}
