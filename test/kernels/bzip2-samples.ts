/** Inputs that a bzip2 encoder could get wrong, by name, and the loaded kernel. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { Bzip2Compressor } from "../../src/kernels/bzip2-compressor.js";
import { Bzip2Decompressor } from "../../src/kernels/bzip2-decompressor.js";
import { compileBzip2 } from "../../src/kernels/bzip2-module.js";

const module: WebAssembly.Module = await compileBzip2();
const compressor = new Bzip2Compressor(module);
const decompressor = new Bzip2Decompressor(module);

export function compress(plain: Uint8Array, level = 9): Buffer {
  return Buffer.from(compressor.compress(plain, level).buffer);
}

/** Decodes what comes in pieces of `pieceSize`. */
export function decompress(encoded: Uint8Array, pieceSize = 1 << 20): Buffer {
  decompressor.start();
  const plain: Uint8Array[] = [];
  for (let at = 0; at < encoded.length; at += pieceSize) {
    plain.push(...decompressor.decode(encoded.subarray(at, at + pieceSize)));
  }
  plain.push(...decompressor.end());
  return Buffer.concat(plain);
}

/** Numbers from 0 to 2^32 − 1 that follow from `seed` (xorshift32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

export function bytesBy(length: number, byteAt: (index: number) => number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = byteAt(i);
  return bytes;
}

/** Random bytes below `alphabet`. */
export function randomBytes(length: number, seed: number, alphabet = 256): Buffer {
  const next = numbersFrom(seed);
  return bytesBy(length, () => (next() >>> 8) % alphabet);
}

const WORDS = "volume backup block digest window chunk extent object manifest restore the of and to in".split(
  " ",
);

export function text(length: number, seed: number): Buffer {
  const next = numbersFrom(seed);
  let words = "";
  while (words.length < length)
    words += `${WORDS[(next() >>> 4) % WORDS.length]}${next() % 9 === 0 ? ".\n" : " "}`;
  return Buffer.from(words.slice(0, length));
}

/** Machine code: the first part of this very runtime. */
export async function machineCode(length: number): Promise<Buffer> {
  return (await readFile(process.execPath)).subarray(0, length);
}

/** Fibonacci words and their like make naive sorting of rotations compare nearly whole blocks. */
function fibonacciWord(length: number): Buffer {
  let [before, word] = ["b", "a"];
  while (word.length < length) [before, word] = [word, word + before];
  return Buffer.from(word.slice(0, length));
}

function thueMorse(length: number): Buffer {
  return bytesBy(length, (index) => {
    let parity = 0;
    for (let bits = index; bits !== 0; bits &= bits - 1) parity ^= 1;
    return parity;
  });
}

/** One block's worth each, repetitive in every way that slows sorting down. */
export function hardBlocks(): [string, Buffer][] {
  const length = 900_000;
  const unlikeAtEnd = Buffer.alloc(length, "ab");
  unlikeAtEnd[length - 1] = 0;
  const half = randomBytes(length / 2, 5);
  return [
    ["zeros", Buffer.alloc(length)],
    ["two bytes in turn", Buffer.alloc(length, "ab")],
    ["two bytes in turn, and another at the end", unlikeAtEnd],
    ["Fibonacci word", fibonacciWord(length)],
    ["Thue-Morse sequence", thueMorse(length)],
    ["random bytes twice", Buffer.concat([half, half])],
    ["ascending bytes", bytesBy(length, (index) => index & 255)],
    ["descending bytes", bytesBy(length, (index) => 255 - (index & 255))],
    ["ascending steps", bytesBy(length, (index) => Math.floor(index / 3516))],
    ["a period of 4097 bytes", bytesBy(length, (index) => ((index % 4097) * 31) >>> 5)],
    ["runs of four", bytesBy(length, (index) => index >>> 2)],
    ["random bytes", randomBytes(length, 7)],
  ];
}
