/** The literals of a compressed zstd block (RFC 8878 §3.1.1.3.1). */
import { BLOCK_SIZE_MAX } from "../frames/frames.js";
import { type BlockView, decodeHuffman, type HuffmanTable, readHuffmanTable } from "./huffman.js";

const RAW = 0;
const RLE = 1;
const TREELESS = 3;

interface Section {
  readonly type: number;
  readonly streamCount: 1 | 4;
  /** Bytes of the section's header. */
  readonly headerSize: number;
  readonly plainSize: number;
  readonly encodedSize: number;
}

/** Decodes the literals of a frame's blocks in sequence, into its own memory. */
export class Literals {
  readonly #decoded = new Uint8Array(BLOCK_SIZE_MAX);
  /** The table of the last block that contained one; a later block may reuse it. */
  #table: HuffmanTable | undefined;

  /** The literals of the section that begins at byte `at`, valid until the next call, and where the section ends. */
  read(
    block: BlockView,
    at: number,
    blockEnd: number,
  ): { readonly literals: Uint8Array; readonly end: number } {
    const section = sectionAt(block.bytes, at);
    const start = at + section.headerSize;
    const end = start + section.encodedSize;
    if (end > blockEnd || section.plainSize > BLOCK_SIZE_MAX)
      throw new Error("the literals do not fit into their block");
    if (section.type === RAW) return { literals: block.bytes.subarray(start, end), end };
    const literals = this.#decoded.subarray(0, section.plainSize);
    if (section.type === RLE) literals.fill(block.bytes[start]!);
    else this.#decode(block, section, { start, end, literals });
    return { literals, end };
  }

  #decode(
    block: BlockView,
    section: Section,
    { start, end, literals }: { start: number; end: number; literals: Uint8Array },
  ): void {
    let streams = start;
    if (section.type !== TREELESS) {
      const read = readHuffmanTable(block, start, end);
      this.#table = read.table;
      streams = read.end;
    }
    const table = this.#table;
    if (table === undefined) throw new Error("the literals use a Huffman table that never came");
    if (section.streamCount === 4) decodeFour(table, block, { start: streams, end, literals });
    else decodeHuffman(table, { view: block.view, start: streams, end }, literals);
  }
}

function decodeFour(
  table: HuffmanTable,
  { view }: BlockView,
  { start, end, literals }: { start: number; end: number; literals: Uint8Array },
): void {
  const size = Math.ceil(literals.length / 4);
  let from = start + 6;
  for (let i = 0; i < 4; i++) {
    const to = i < 3 ? from + view.getUint16(start + 2 * i, true) : end;
    if (to > end || i * size > literals.length)
      throw new Error("the Huffman streams do not fit into their block");
    decodeHuffman(
      table,
      { view, start: from, end: to },
      literals.subarray(i * size, i < 3 ? (i + 1) * size : undefined),
    );
    from = to;
  }
}

function sectionAt(bytes: Uint8Array, at: number): Section {
  const head = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
  const type = head & 3;
  const format = (head >> 2) & 3;
  if (type === RAW || type === RLE) {
    const headerSize = [1, 2, 1, 3][format]!;
    const plainSize = headerSize === 1 ? (head & 0xff) >> 3 : (headerSize === 2 ? head & 0xffff : head) >> 4;
    return { type, streamCount: 1, headerSize, plainSize, encodedSize: type === RLE ? 1 : plainSize };
  }
  const sizeBits = [10, 10, 14, 18][format]!;
  const headerSize = (4 + 2 * sizeBits) / 8;
  // Two numbers of up to 18 bits after four bits: more than fit into a 32-bit word.
  let number = 0;
  for (let i = headerSize - 1; i >= 0; i--) number = number * 256 + bytes[at + i]!;
  number = Math.floor(number / 16);
  const plainSize = number % 2 ** sizeBits;
  const encodedSize = Math.floor(number / 2 ** sizeBits);
  return { type, streamCount: format === 0 ? 1 : 4, headerSize, plainSize, encodedSize };
}
