/**
 * SHA-256 of every block of a window:
 *
 *   for each block: zero       → the digest of a zero block, computed once per length
 *                   short last → alone
 *                   else       → the next lane; eight lanes full → hash them
 *   remaining lanes: three or more in one run with idle lanes, fewer one by one
 *
 * Lanes may point to any block, so zero blocks are skipped and the lanes stay full.
 */
import {
  DIGEST, LANE_BLOCKS, LANE_DIGESTS, LANES, scratch, ZERO_DIGEST, ZERO_LENGTH,
} from "./layout";
import { digestLanes } from "./eight";
import { digestOne } from "./one";
import { isZero } from "./zero";

/** Eight lanes take as long as 2.4 single blocks on Zen 4, and 3.3 on Zen 5, so they are used for three or more. */
const LANES_WORTH: usize = 3;

/** Digests eight blocks of `length` bytes that the lane tables point to. */
export function digestEight(length: usize): void {
  if (ASC_FEATURE_SIMD) digestLanes(length);
  else digestOneByOne(LANES, length);
}

function digestOneByOne(count: usize, length: usize): void {
  for (let lane: usize = 0; lane < count; lane++) {
    const block = load<usize>(scratch + LANE_BLOCKS + 4 * lane);
    digestOne(block, length, load<usize>(scratch + LANE_DIGESTS + 4 * lane));
  }
}

// @ts-ignore: decorator
@inline
function setLane(lane: usize, block: usize, digest: usize): void {
  store<usize>(scratch + LANE_BLOCKS + 4 * lane, block);
  store<usize>(scratch + LANE_DIGESTS + 4 * lane, digest);
}

/** Hashes the remaining blocks in the first `count` lanes, fewer than eight. */
function digestLeftOver(count: usize, length: usize): void {
  if (!ASC_FEATURE_SIMD || count < LANES_WORTH) return digestOneByOne(count, length);
  // An idle lane repeats lane 0, digest and all, and so changes nothing.
  const block = load<usize>(scratch + LANE_BLOCKS);
  const digest = load<usize>(scratch + LANE_DIGESTS);
  for (let lane = count; lane < LANES; lane++) setLane(lane, block, digest);
  digestEight(length);
}

function copyZeroDigest(block: usize, length: usize, digest: usize): void {
  if (load<usize>(scratch + ZERO_LENGTH) != length) {
    digestOne(block, length, scratch + ZERO_DIGEST);
    store<usize>(scratch + ZERO_LENGTH, length);
  }
  memory.copy(digest, scratch + ZERO_DIGEST, DIGEST);
}

/** Writes the digests of all blocks of the window; returns the number of zero blocks. */
export function digestBlocks(window: usize, length: usize, blockSize: usize, digests: usize): usize {
  const whole = length - (length % blockSize);
  const wholeEnd = window + whole;
  let zeroCount: usize = 0;
  let lane: usize = 0;
  for (; window < wholeEnd; window += blockSize, digests += DIGEST) {
    if (isZero(window, blockSize)) {
      copyZeroDigest(window, blockSize, digests);
      zeroCount++;
      continue;
    }
    setLane(lane++, window, digests);
    if (lane == LANES) {
      digestEight(blockSize);
      lane = 0;
    }
  }
  digestLeftOver(lane, blockSize);
  const rest = length - whole;
  if (rest > 0) {
    digestOne(window, rest, digests);
    if (isZero(window, rest)) zeroCount++;
  }
  return zeroCount;
}
