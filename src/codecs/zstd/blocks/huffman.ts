/** Huffman codes of a zstd block's literals (RFC 8878 §4.2). */
import { BackwardBits } from "./bits.js";
import { nextState, readFseTable } from "./fse.js";

/** Length of the longest code allowed. */
const CODE_BITS_MAX = 11;
const WEIGHT_LIMITS = { logMax: 6, symbolMax: 12 } as const;

export interface HuffmanTable {
  /** Bits of the longest code. */
  readonly log: number;
  /** By the next `log` bits: the symbol in the low byte, the length of its code above. */
  readonly entries: Uint16Array;
}

/** A block's bytes as array and as view, padded for `BackwardBits`. */
export interface BlockView {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Reads the table description that starts at byte `at` and ends before `end`. @throws Error if there is none */
export function readHuffmanTable(
  block: BlockView,
  at: number,
  end: number,
): { readonly table: HuffmanTable; readonly end: number } {
  if (at >= end) throw new Error("a Huffman table is missing");
  const head = block.bytes[at]!;
  const isDirect = head >= 128;
  const size = isDirect ? Math.ceil((head - 127) / 2) : head;
  const tableEnd = at + 1 + size;
  if (tableEnd > end) throw new Error("a Huffman table ends early");
  const weights = isDirect
    ? directWeights(block.bytes, at + 1, head - 127)
    : encodedWeights(block, at + 1, tableEnd);
  return { table: buildHuffmanTable(weights), end: tableEnd };
}

function directWeights(bytes: Uint8Array, from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const pair = bytes[from + (i >> 1)]!;
    return i % 2 === 0 ? pair >> 4 : pair & 15;
  });
}

/** Two states take turns; when one runs out of bits, the other's symbol is the last. */
function encodedWeights(block: BlockView, from: number, end: number): number[] {
  const { table, size } = readFseTable(block.bytes.subarray(from, end), WEIGHT_LIMITS);
  const bits = new BackwardBits(block.view, from + size, end);
  const states = [bits.read(table.log), bits.read(table.log)] as [number, number];
  if (bits.left < 0) throw new Error("a Huffman table ends early");
  const weights: number[] = [];
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    const state = states[turn as 0 | 1];
    weights.push(table.symbols[state]!);
    states[turn as 0 | 1] = nextState(table, state, bits);
    if (bits.left >= 0) continue;
    weights.push(table.symbols[states[(turn ^ 1) as 0 | 1]]!);
    return weights;
  }
  throw new Error("a Huffman table has too many symbols");
}

function buildHuffmanTable(weights: number[]): HuffmanTable {
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 1 << (weight - 1) : 0), 0);
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  // The last symbol's weight is not stored: it fills the remainder, which must be a power of two.
  if (sum === 0 || log > CODE_BITS_MAX || weights.length > 255 || (rest & (rest - 1)) !== 0) {
    throw new Error("a Huffman table does not add up");
  }
  weights.push(32 - Math.clz32(rest));
  const entries = new Uint16Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    const length = log + 1 - weight;
    weights.forEach((candidate, symbol) => {
      if (candidate !== weight) return;
      entries.fill(symbol | (length << 8), at, at + (1 << (weight - 1)));
      at += 1 << (weight - 1);
    });
  }
  return { log, entries };
}

/** Fills `output` from the stream in bytes `start` to `end`. @throws Error unless it fits exactly */
export function decodeHuffman(
  table: HuffmanTable,
  stream: { readonly view: DataView; readonly start: number; readonly end: number },
  output: Uint8Array,
): void {
  const { view, start } = stream;
  const { log, entries } = table;
  const bits = new BackwardBits(view, start, stream.end);
  const mask = (1 << log) - 1;
  let left = bits.left;
  let at = 0;
  // Two codes for each load of 25 bits or more, while a load of four bytes cannot reach before the stream.
  const pairsEnd = output.length - 1;
  while (left >= 32 && at < pairsEnd) {
    const from = left - 25;
    const word = view.getUint32(start + (from >>> 3), true) >>> (from & 7);
    const first = entries[(word >>> (25 - log)) & mask]!;
    const used = first >>> 8;
    const second = entries[(word >>> (25 - log - used)) & mask]!;
    output[at] = first & 0xff;
    output[at + 1] = second & 0xff;
    at += 2;
    left -= used + (second >>> 8);
  }
  bits.left = left;
  for (; at < output.length; at++) {
    const entry = entries[bits.peek(log)]!;
    output[at] = entry & 0xff;
    bits.left -= entry >>> 8;
    if (bits.left < 0) throw new Error("a Huffman stream ends early");
  }
  if (bits.left !== 0) throw new Error("a Huffman stream goes on after its end");
}
