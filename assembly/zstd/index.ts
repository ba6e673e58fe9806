/**
 * Encoding of zstd frames (RFC 8878), written from its specification: the exports for the host. Encodes one frame at a
 * time, with content size and checksum. Imports only its memory, which need not be zero; the host grows it as needed.
 */
import { putFrame } from "./frame";
import { INPUT, INPUT_MAX, outputOf, outputSize } from "./layout";
import { makePredefinedTables } from "./sequences";

/** Call this first. */
export function initialise(): void {
  makePredefinedTables();
}

/** End of static data; the layout reserves the first 4 KiB for it. */
export function dataEnd(): usize {
  return __heap_base;
}

export function inputMax(): i32 {
  return INPUT_MAX;
}

/** Memory for a frame of `length` plain bytes. */
export function memorySize(length: i32): usize {
  return outputOf(length) + outputSize(length);
}

export function input(): usize {
  return INPUT;
}

/** Address of the frame of `length` plain bytes. */
export function output(length: i32): usize {
  return outputOf(length);
}

/**
 * Encodes `length` bytes at `input`, at most `inputMax`.
 * @param level 1 to 3: fast to small
 * @returns the number of bytes at `output`
 */
export function encode(length: i32, level: i32): i32 {
  return <i32>(putFrame(INPUT, length, level, outputOf(length)) - outputOf(length));
}
