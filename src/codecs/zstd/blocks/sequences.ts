/** Sequences of a compressed zstd block: each copies literals, then a match from the history (RFC 8878 §3.1.1.3.2). */
import { BackwardBits } from "./bits.js";
import { buildFseTable, constantFseTable, type FseLimits, type FseTable, readFseTable } from "./fse.js";
import type { BlockView } from "./huffman.js";

/** Table limits and the predefined table of one kind of code. */
interface CodeKind {
  readonly limits: FseLimits;
  readonly predefined: FseTable;
}

const LITERALS_LENGTH: CodeKind = {
  limits: { logMax: 9, symbolMax: 35 },
  predefined: buildFseTable(
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
    6,
  ),
};
/** Codes above 27 reach beyond the largest accepted window, and 31 beyond 32-bit numbers. */
const OFFSET: CodeKind = {
  limits: { logMax: 8, symbolMax: 30 },
  predefined: buildFseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5,
  ),
};
const MATCH_LENGTH: CodeKind = {
  limits: { logMax: 9, symbolMax: 52 },
  predefined: buildFseTable(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    6,
  ),
};

/** Extra bits by literals length code and by match length code; the base values follow from them. */
const LITERALS_BITS = Uint8Array.of(
  ...Array.from({ length: 16 }, () => 0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const LITERALS_BASE = basesOf(LITERALS_BITS, 0);
const MATCH_BITS = Uint8Array.of(
  ...Array.from({ length: 32 }, () => 0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCH_BASE = basesOf(MATCH_BITS, 3);

function basesOf(bitCounts: Uint8Array, first: number): Uint32Array {
  let base = first;
  return Uint32Array.from(bitCounts, (count) => {
    const value = base;
    base += 2 ** count;
    return value;
  });
}

/** Destination of a block's plain bytes, after the history that its matches refer to. */
export interface BlockTarget {
  /** History up to `at`, then free space. */
  readonly bytes: Uint8Array;
  readonly at: number;
  /** Upper bound of the block's end. */
  readonly limit: number;
}

interface Tables {
  readonly literals: FseTable;
  readonly offset: FseTable;
  readonly match: FseTable;
}

/** Executes the sequences of a frame's blocks, block after block. */
export class Sequences {
  /** The tables of the last block that had sequences; a later block may reuse them. */
  #tables: Tables | undefined;
  readonly #recentOffsets = [1, 4, 8] as [number, number, number];

  /**
   * Executes the section from byte `at` to `end` with `literals`, and copies the remaining literals.
   * @returns the block's end in `target`
   * @throws Error when a copy would start outside the history or end beyond the target's limit
   */
  execute(
    block: BlockView,
    range: { at: number; end: number },
    literals: Uint8Array,
    target: BlockTarget,
  ): number {
    const { count, at } = countAt(block.bytes, range);
    if (count === 0) {
      if (at !== range.end) throw new Error("a block goes on after its literals");
      return copyRest(literals, 0, target.bytes, target.at, target.limit);
    }
    const { tables, end: start } = this.#readTables(block, at, range.end);
    this.#tables = tables;
    return this.#run(new BackwardBits(block.view, start, range.end), count, literals, target);
  }

  #readTables(block: BlockView, at: number, end: number): { readonly tables: Tables; readonly end: number } {
    const modes = block.bytes[at]!;
    if (at >= end || (modes & 3) !== 0) throw new Error("the tables of a block are described wrongly");
    const reader = new TableReader(block.bytes, at + 1, end);
    const tables = {
      literals: reader.read(modes >> 6, LITERALS_LENGTH, this.#tables?.literals),
      offset: reader.read((modes >> 4) & 3, OFFSET, this.#tables?.offset),
      match: reader.read((modes >> 2) & 3, MATCH_LENGTH, this.#tables?.match),
    };
    return { tables, end: reader.at };
  }

  #run(
    bits: BackwardBits,
    count: number,
    literals: Uint8Array,
    { bytes, at: start, limit }: BlockTarget,
  ): number {
    const { literals: lengths, offset: offsets, match: matches } = this.#tables!;
    let lengthState = bits.read(lengths.log);
    let offsetState = bits.read(offsets.log);
    let matchState = bits.read(matches.log);
    let at = start;
    let literalsAt = 0;
    for (let left = count; left > 0; left--) {
      const offsetCode = offsets.symbols[offsetState]!;
      const matchCode = matches.symbols[matchState]!;
      const lengthCode = lengths.symbols[lengthState]!;
      const offsetValue = (1 << offsetCode) | bits.readLong(offsetCode);
      const matchLength = MATCH_BASE[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
      const literalsLength = LITERALS_BASE[lengthCode]! + bits.read(LITERALS_BITS[lengthCode]!);
      if (left > 1) {
        lengthState = lengths.bases[lengthState]! + bits.read(lengths.bitCounts[lengthState]!);
        matchState = matches.bases[matchState]! + bits.read(matches.bitCounts[matchState]!);
        offsetState = offsets.bases[offsetState]! + bits.read(offsets.bitCounts[offsetState]!);
      }
      if (bits.left < 0) throw new Error("the sequences of a block end early");
      const literalsEnd = literalsAt + literalsLength;
      const matchAt = at + literalsLength;
      if (literalsEnd > literals.length || matchAt + matchLength > limit)
        throw new Error("a block is longer than it may be");
      copyLiterals(literals, literalsAt, literalsEnd, bytes, at);
      const offset = this.#offsetOf(offsetValue, literalsLength);
      if (offset > matchAt) throw new Error("a block refers to bytes before the beginning");
      copyMatch(bytes, matchAt, offset, matchLength);
      literalsAt = literalsEnd;
      at = matchAt + matchLength;
    }
    if (bits.left !== 0) throw new Error("the sequences of a block go on after their end");
    return copyRest(literals, literalsAt, bytes, at, limit);
  }

  /** The match offset for a sequence's offset value; values up to 3 refer to one of the latest offsets. */
  #offsetOf(value: number, literalsLength: number): number {
    const recent = this.#recentOffsets;
    if (value > 3) {
      recent[2] = recent[1];
      recent[1] = recent[0];
      recent[0] = value - 3;
      return recent[0];
    }
    const index = literalsLength === 0 ? value : value - 1;
    if (index === 0) return recent[0];
    const offset = index === 3 ? recent[0] - 1 : recent[index as 1 | 2];
    if (offset === 0) throw new Error("a block refers to itself");
    if (index > 1) recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = offset;
    return offset;
  }
}

/** Reads a block's tables in order. */
class TableReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  read(mode: number, { limits, predefined }: CodeKind, previous: FseTable | undefined): FseTable {
    if (mode === 0) return predefined;
    if (mode === 3) {
      if (previous === undefined) throw new Error("a block uses a table that never came");
      return previous;
    }
    if (this.at >= this.#end) throw new Error("the tables of a block end early");
    if (mode === 1) {
      const symbol = this.#bytes[this.at++]!;
      if (symbol > limits.symbolMax) throw new Error("a table has a symbol that does not exist");
      return constantFseTable(symbol);
    }
    const { table, size } = readFseTable(this.#bytes.subarray(this.at, this.#end), limits);
    this.at += size;
    return table;
  }
}

function countAt(bytes: Uint8Array, { at, end }: { at: number; end: number }): { count: number; at: number } {
  const head = bytes[at]!;
  const size = head < 128 ? 1 : head < 255 ? 2 : 3;
  if (at + size > end) throw new Error("a block ends before its sequences");
  if (size === 1) return { count: head, at: at + 1 };
  if (size === 2) return { count: ((head - 128) << 8) + bytes[at + 1]!, at: at + 2 };
  return { count: bytes[at + 1]! + (bytes[at + 2]! << 8) + 0x7f00, at: at + 3 };
}

/** Up to this length, a loop is faster than the engine's copy. */
const LOOP_LENGTH_MAX = 32;

function copyLiterals(literals: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from > LOOP_LENGTH_MAX) target.set(literals.subarray(from, to), at);
  else for (let i = from, j = at; i < to; i++, j++) target[j] = literals[i]!;
}

/** Copies `length` bytes from `offset` bytes before `at`; an overlapping match repeats itself. */
function copyMatch(bytes: Uint8Array, at: number, offset: number, length: number): void {
  const from = at - offset;
  if (length <= LOOP_LENGTH_MAX) {
    for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i]!;
  } else if (offset === 1) {
    bytes.fill(bytes[from]!, at, at + length);
  } else {
    // Each round doubles the copied bytes, and so the length of the next copy.
    for (let done = 0; done < length; ) {
      const count = Math.min(length - done, offset + done);
      bytes.copyWithin(at + done, from, from + count);
      done += count;
    }
  }
}

function copyRest(literals: Uint8Array, from: number, target: Uint8Array, at: number, limit: number): number {
  const end = at + literals.length - from;
  if (end > limit) throw new Error("a block is longer than it may be");
  target.set(literals.subarray(from), at);
  return end;
}
