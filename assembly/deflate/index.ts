/**
 * DEFLATE (RFC 1951), written from its specification: the exports for the host. Deflates one piece at a time. The output
 * ends at a flush point, so that the outputs of successive pieces, each with the 32 KiB before it as dictionary, are one
 * raw stream. Imports only its memory, which need not be zero.
 */
import { at, startBits } from "../bit-output";
import { putFlush } from "./block";
import { INPUT, MEMORY_SIZE, OUTPUT, PIECE_MAX, WINDOW } from "./layout";
import { parse } from "./parse";
import { addPositions, clearRows } from "./rows";
import { fillLogarithms } from "./statistics";

/** Call this first. */
export function initialise(): void {
  fillLogarithms();
}

/** End of static data; the layout reserves the first 4 KiB for it. */
export function dataEnd(): usize {
  return __heap_base;
}

export function memorySize(): usize {
  return MEMORY_SIZE;
}

/** The farthest that a match can refer back. */
export function windowSize(): i32 {
  return WINDOW;
}

export function pieceMax(): i32 {
  return PIECE_MAX;
}

/** Address of the dictionary, which the piece follows immediately. */
export function input(): usize {
  return INPUT;
}

export function output(): usize {
  return OUTPUT;
}

/**
 * Deflates a piece.
 * @param dictionaryLength bytes before it, at most `windowSize`
 * @param length at most `pieceMax`
 * @param level 1 to 9: fast to small
 * @returns the number of bytes at `output`
 */
export function deflate(dictionaryLength: i32, length: i32, level: i32): i32 {
  const from = INPUT + <usize>dictionaryLength;
  startBits(OUTPUT);
  clearRows();
  addPositions(INPUT, from);
  parse(INPUT, from, from + <usize>length, level);
  putFlush();
  return <i32>(at - OUTPUT);
}
