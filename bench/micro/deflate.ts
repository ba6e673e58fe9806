/**
 * The question: how many MB of an image does the DEFLATE kernel encode per second of one core at each level, beside
 * `node:zlib`, and how do the sizes compare?
 *
 * Pieces of 1 MiB from all over each image, each with the 32 KiB before it as dictionary, as a backup makes them. Both
 * encode each piece in turn. Processor time: the least of the turns for each piece, summed over the pieces.
 *
 *     node build/bench/micro/deflate.js IMAGE… [--pieces 16] [--turns 3] [--levels 1,6,9]
 *
 * The images of decision 0100 were an ext4 file system with the files of /usr (`bench/image`), a SQLite database with
 * an index, and `tar` of a source tree with its node_modules.
 */
import { open } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { constants, deflateRawSync } from "node:zlib";
import { Deflater } from "../../src/kernels/deflate.js";
import { KIB, MIB } from "../../src/units.js";

const PIECE_SIZE: number = MIB;
const DICTIONARY_SIZE: number = 32 * KIB;

interface Piece {
  readonly dictionary: Uint8Array;
  readonly bytes: Uint8Array;
}

type Encode = (piece: Piece, level: number) => number;

interface Sum {
  microseconds: number;
  size: number;
}

async function readPieces(path: string, count: number): Promise<Piece[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = DICTIONARY_SIZE + PIECE_SIZE;
    if (size < length)
      throw new Error(`Cannot measure with ${path} of ${size} bytes: want at least ${length}`);
    const pieces: Piece[] = [];
    for (let index = 0; index < count; index++) {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, Math.floor((index * (size - length)) / count));
      pieces.push({ dictionary: bytes.subarray(0, DICTIONARY_SIZE), bytes: bytes.subarray(DICTIONARY_SIZE) });
    }
    return pieces;
  } finally {
    await file.close();
  }
}

const deflater = await Deflater.load();

const encoders: readonly Encode[] = [
  ({ dictionary, bytes }, level) => deflater.deflate(bytes, level, dictionary).length,
  ({ dictionary, bytes }, level) =>
    deflateRawSync(bytes, { level, dictionary, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 2 * MIB })
      .length,
];

/** Microseconds of this process, and the size of the result. */
function measure(encode: Encode, piece: Piece, level: number): Sum {
  const before = process.cpuUsage();
  const size = encode(piece, level);
  const { user, system } = process.cpuUsage(before);
  return { microseconds: user + system, size };
}

/** The sums of each encoder over all pieces. */
function compare(pieces: readonly Piece[], level: number, turns: number): Sum[] {
  const sums = encoders.map((): Sum => ({ microseconds: 0, size: 0 }));
  for (const piece of pieces) {
    const best = encoders.map((): Sum => ({ microseconds: Infinity, size: 0 }));
    for (let turn = 0; turn < turns; turn++)
      encoders.forEach((encode, index) => {
        const sample = measure(encode, piece, level);
        if (sample.microseconds < best[index]!.microseconds) best[index] = sample;
      });
    best.forEach(({ microseconds, size }, index) => {
      sums[index]!.microseconds += microseconds;
      sums[index]!.size += size;
    });
  }
  return sums;
}

const { values, positionals: images } = parseArgs({
  allowPositionals: true,
  options: {
    pieces: { type: "string", default: "16" },
    turns: { type: "string", default: "3" },
    levels: { type: "string", default: "1,2,3,4,5,6,7,8,9" },
  },
});
if (images.length === 0) throw new Error("Cannot measure without an image: want the paths of disk images");
const pieces = (await Promise.all(images.map((path) => readPieces(path, Number(values.pieces))))).flat();
process.stdout.write("level: kernel MB/s, node:zlib MB/s, speed ratio, size ratio\n");
for (const level of values.levels.split(",").map(Number)) {
  const [kernel, zlib] = compare(pieces, level, Number(values.turns));
  const rates = [kernel!, zlib!].map(({ microseconds }) => (pieces.length * PIECE_SIZE) / microseconds);
  const [own, other] = rates.map((rate) => rate.toFixed(1));
  const [speed, size] = [rates[0]! / rates[1]!, kernel!.size / zlib!.size];
  process.stdout.write(`${level}: ${own}, ${other}, ${speed.toFixed(2)}, ${size.toFixed(4)}\n`);
}
