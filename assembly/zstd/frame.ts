/** A frame (RFC 8878 §3.1.1): header with the content size, blocks, checksum. */
import { hashOf, STRIPE, startLanes, updateLanes } from "../xxh64";
import { BLOCK_MAX, LITERALS } from "./layout";
import { keepLiterals, putLiterals, startLiterals } from "./literals";
import { divide, isRun, literalsEnd, offsets, sequencesEnd, setOffsets, startMatching } from "./match";
import { putSequences } from "./sequences";

const MAGIC: u32 = 0xfd2fb528;
const SINGLE_SEGMENT: u32 = 0x20;
const HAS_CHECKSUM: u32 = 0x04;
const SIZE_FLAG_SHIFT: u32 = 6;
const WINDOW_LOG: u8 = 21;
const WINDOW_SIZE: i32 = 1 << WINDOW_LOG;
/** Exponent above ten, and no mantissa (RFC 8878 §3.1.1.1.2). */
const WINDOW_DESCRIPTOR: u8 = (WINDOW_LOG - 10) << 3;
const RAW: u32 = 0;
const RUN: u32 = 1;
const COMPRESSED: u32 = 2;
const BLOCK_HEADER_SIZE: usize = 3;

const lanes: usize = memory.data(32, 16);

/** Writes the frame of `length` bytes at `from` to `to`. Returns its end. @param level 1 to 3: fast to small */
export function putFrame(from: usize, length: i32, level: i32, to: usize): usize {
  to = putHeader(length, to);
  startMatching(length, level);
  startLiterals();
  const end = from + <usize>length;
  for (let at = from; at < end; at += <usize>BLOCK_MAX) {
    const blockEnd = min(at + <usize>BLOCK_MAX, end);
    // Every match of the block is within the window then, wherever in the block it is.
    const reach = max(from, blockEnd - min(<usize>WINDOW_SIZE, blockEnd));
    to = putBlock(reach, at, blockEnd, blockEnd == end, to);
  }
  if (length == 0) to = putBlockHeader(RAW, true, 0, to);
  store<u32>(to, checksumOf(from, <usize>length));
  return to + 4;
}

/** The window is that of zstd at level 3, or the content if that is shorter: a decoder has to keep it. */
function putHeader(length: i32, to: usize): usize {
  const sizeFlag: u32 = length < 256 ? 0 : length < 65536 + 256 ? 1 : 2;
  const segments: u32 = length > WINDOW_SIZE ? 0 : SINGLE_SEGMENT;
  store<u32>(to, MAGIC);
  store<u8>(to, <u8>((sizeFlag << SIZE_FLAG_SHIFT) | segments | HAS_CHECKSUM), 4);
  to += 5;
  if (segments == 0) store<u8>(to++, WINDOW_DESCRIPTOR);
  store<u32>(to, sizeFlag == 1 ? length - 256 : length);
  return to + (<usize>1 << sizeFlag);
}

function putBlockHeader(type: u32, isLast: bool, size: u32, to: usize): usize {
  const header = <u32>isLast | (type << 1) | (size << 3);
  store<u16>(to, <u16>header);
  store<u8>(to, <u8>(header >> 16), 2);
  return to + BLOCK_HEADER_SIZE;
}

/** @param start the first byte that a match may begin at */
function putBlock(start: usize, from: usize, blockEnd: usize, isLast: bool, to: usize): usize {
  const length = <u32>(blockEnd - from);
  if (isRun(from, blockEnd)) {
    const content = putBlockHeader(RUN, isLast, length, to);
    store<u8>(content, load<u8>(from));
    return content + 1;
  }
  const before = offsets();
  divide(start, from, blockEnd);
  const content = to + BLOCK_HEADER_SIZE;
  const literalsTo = putLiterals(<i32>(literalsEnd() - LITERALS), content);
  const contentEnd = putSequences(sequencesEnd(), literalsTo);
  const size = <u32>(contentEnd - content);
  if (size >= length) {
    setOffsets(before);
    memory.copy(putBlockHeader(RAW, isLast, length, to), from, length);
    return content + <usize>length;
  }
  keepLiterals();
  putBlockHeader(COMPRESSED, isLast, size, to);
  return contentEnd;
}

/** The low half of the content's XXH64. */
function checksumOf(from: usize, length: usize): u32 {
  startLanes(lanes);
  const whole = length & ~(STRIPE - 1);
  updateLanes(lanes, from, whole);
  return <u32>hashOf(lanes, from + whole, length - whole, <u64>length);
}
