/**
 * The encoder: collects run-length coded plain bytes in a block, and encodes the block when it is full or on request.
 *
 * Runs of 4 to 255 equal bytes become four of them and a count. Then: least rotation, transform, recency positions,
 * codes. All steps take linear time for any block.
 */
import { padBits, putBits, startBits, takeBytes } from "./bits";
import { updateCrc } from "./crc";
import { putBlock } from "./encode-block";
import { BLOCK, ENCODER_END as END, ROTATED, SUFFIXES } from "./encode-layout";
import { codeSymbols } from "./encode-symbols";
import { chooseTables } from "./encode-tables";
import { END_MAGIC, INPUT } from "./layout";
import { copyRotated, findLeastRotation, period, start } from "./rotate";
import { transform } from "./suffixes";

export const ENCODER_END: usize = END;

const RUN_MAX: u32 = 255;
/** Bytes of a run in the block: four, and the count. */
const RUN_SIZE: i32 = 5;

let blockLimit: i32 = 0;
let blockLength: i32 = 0;
/** The current run; length 0 for none. */
let runByte: u32 = 0;
let runLength: u32 = 0;
/** CRC register of the block's plain bytes. */
let register: u32 = 0;
let streamCrc: u32 = 0;

/** Begins a stream of blocks of up to `level` × 100 000 bytes. Returns the number of bytes to fetch. */
export function startEncoder(level: i32): i32 {
  blockLimit = level * 100000;
  streamCrc = 0;
  startBlock();
  startBits();
  putBits(24, 0x425a68);
  putBits(8, 0x30 + level);
  return takeBytes();
}

function startBlock(): void {
  blockLength = 0;
  runLength = 0;
  register = 0xffffffff;
}

/** Takes up to `length` bytes from `INPUT` into the block. Returns the number taken, fewer if the block is full. */
export function encoderTake(length: i32): i32 {
  const end = INPUT + length;
  let at = INPUT;
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte == runByte && runLength != 0 && runLength < RUN_MAX) {
      runLength++;
      continue;
    }
    flushRun();
    if (blockLength + RUN_SIZE > blockLimit) break;
    runByte = byte;
    runLength = 1;
  }
  register = updateCrc(register, INPUT, at - INPUT);
  return <i32>(at - INPUT);
}

// @ts-ignore: decorator
@inline
function flushRun(): void {
  for (let copies = min(runLength, 4); copies != 0; copies--) store<u8>(BLOCK + blockLength++, <u8>runByte);
  if (runLength >= 4) store<u8>(BLOCK + blockLength++, <u8>(runLength - 4));
  runLength = 0;
}

/** Encodes the block, unless it is empty. Returns the number of bytes to fetch. */
export function encodeBlock(): i32 {
  flushRun();
  if (blockLength != 0) {
    const crc = ~register;
    streamCrc = rotl<u32>(streamCrc, 1) ^ crc;
    const origin = transformBlock();
    chooseTables();
    putBlock(crc, origin);
  }
  startBlock();
  return takeBytes();
}

/** Sorts the block's rotations and codes their last bytes. Returns the rank of the unrotated block. */
function transformBlock(): i32 {
  findLeastRotation(BLOCK, blockLength);
  copyRotated(ROTATED, BLOCK, blockLength);
  const repeats = blockLength / period;
  const offset = start % period;
  const rank = transform(ROTATED, period, SUFFIXES, offset == 0 ? 0 : period - offset);
  codeSymbols(period, repeats);
  return rank * repeats;
}

/** Ends the stream, after its last block. Returns the number of bytes to fetch. */
export function finishEncoder(): i32 {
  putBits(24, <u32>(END_MAGIC >> 24));
  putBits(24, <u32>(END_MAGIC & 0xffffff));
  putBits(32, streamCrc);
  padBits();
  return takeBytes();
}
