/** Divides a piece into literals and matches, block by block. */
import { putBlock } from "./block";
import { SEQUENCES, SEQUENCES_MAX, UNIT_DISTANCE_FREQUENCIES, UNIT_LITERAL_FREQUENCIES } from "./layout";
import { addedMaxOf, depthOf, lazyDepthOf, niceLengthOf } from "./levels";
import { addPositions, longestMatch } from "./rows";
import { isNewKind, startStatistics, startUnit } from "./statistics";
import { distanceSymbol, lengthSymbol, MATCH_MAX } from "./symbols";

/** Sequences after which a block ends; between two looks at the statistics there are fewer than 2048. */
const SEQUENCES_FULL: usize = SEQUENCES + 8 * <usize>(SEQUENCES_MAX - 2048);
/** Plain bytes between two looks at the statistics. */
const UNIT_SIZE: usize = 4096;
/** From this distance on, a match of three bytes usually costs more than three literals. */
const SHORT_DISTANCE_MAX: u32 = 8192;
/**
 * Of a run of literals of this many bytes, every second position is searched; of twice as many, every third, and so on.
 * Data that is already compressed passes quickly, and other data has no such runs.
 */
const SKIP_SHIFT: u32 = 8;

// @ts-ignore: decorator
@inline
function increment(frequencies: usize, symbol: u32): void {
  const at = frequencies + (<usize>symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function addLiteral(position: usize): void {
  increment(UNIT_LITERAL_FREQUENCIES, load<u8>(position));
}

// @ts-ignore: decorator
@inline
function addMatch(sequence: usize, literals: u32, length: i32, distance: u32): void {
  increment(UNIT_LITERAL_FREQUENCIES, lengthSymbol(length));
  increment(UNIT_DISTANCE_FREQUENCIES, distanceSymbol(distance));
  store<u32>(sequence, literals);
  store<u16>(sequence, <u16>length, 4);
  store<u16>(sequence, <u16>distance, 6);
}

/** Start of the current block, and the end of the part that certainly belongs to it. */
let plain: usize = 0;
let settledEnd: usize = 0;
let settledSequence: usize = SEQUENCES;
/** Number of literals before the first match after the settled part that belong to that part. */
let settledLiterals: u32 = 0;

function openBlock(from: usize): void {
  plain = from;
  settledEnd = from;
  settledSequence = SEQUENCES;
  settledLiterals = 0;
  startStatistics();
}

/** Writes the settled part, and begins the next block after it. Returns the new end of the sequences. */
function closeBlock(sequence: usize): usize {
  // A run of literals across the boundary is split there.
  const literals = load<u32>(settledSequence);
  const match = load<u32>(settledSequence, 4);
  store<u32>(settledSequence, settledLiterals);
  store<u32>(settledSequence, 0, 4);
  putBlock(plain, <i32>(settledEnd - plain), settledSequence + 8);
  store<u32>(settledSequence, literals - settledLiterals);
  store<u32>(settledSequence, match, 4);
  const length = sequence - settledSequence;
  memory.copy(SEQUENCES, settledSequence, length);
  openBlock(settledEnd);
  return SEQUENCES + length;
}

/** Decides whether the last unit continues the block or begins another. Returns the new end of the sequences. */
function settle(position: usize, sequence: usize, literals: usize): usize {
  if (isNewKind()) {
    sequence = closeBlock(sequence);
    isNewKind();
  }
  settledEnd = position;
  settledSequence = sequence;
  settledLiterals = <u32>(position - max(literals, plain));
  return sequence < SEQUENCES_FULL ? sequence : closeBlock(sequence);
}

/** The number of bits of a distance, roughly. */
// @ts-ignore: decorator
@inline
function logOf(distance: u32): i32 {
  return 31 - <i32>clz(distance);
}

/** Whether a match is better than one that begins a byte earlier: a byte of length is worth four bits of distance. */
// @ts-ignore: decorator
@inline
function isBetter(length: i32, distance: u32, earlierLength: i32, earlierDistance: u32): bool {
  return length >= earlierLength && 4 * (length - earlierLength) + logOf(earlierDistance) - logOf(distance) > 2;
}

// @ts-ignore: decorator
@inline
function lengthMaxAt(position: usize, end: usize): i32 {
  return <i32>min<usize>(end - position, MATCH_MAX);
}

/**
 * Parses the bytes from `from` to `end`, and writes their blocks.
 * @param start the first byte that a match may refer to
 * @param level 1 to 9
 */
export function parse(start: usize, from: usize, end: usize, level: i32): void {
  const depth = depthOf(level);
  const lazyDepth = lazyDepthOf(level);
  const niceLength = niceLengthOf(level);
  const addedMax = <usize>addedMaxOf(level);
  let position = from;
  let literals = position;
  let sequence = SEQUENCES;
  const lazyLength = lazyDepth == 0 ? 0 : niceLength;
  openBlock(from);
  startUnit();
  while (position < end) {
    const unitEnd = min(end, position + UNIT_SIZE);
    while (position < unitEnd) {
      let lengthMax = lengthMaxAt(position, end);
      const found: u32 = lengthMax < 4 ? 0 : longestMatch(position, start, lengthMax, 2, depth, niceLength);
      let length = <i32>(found >> 16);
      let distance = found & 0xffff;
      if (length < 3 || (length == 3 && distance > SHORT_DISTANCE_MAX)) {
        addLiteral(position++);
        const skipEnd = min(unitEnd, position + ((position - literals) >> SKIP_SHIFT));
        while (position < skipEnd) addLiteral(position++);
        continue;
      }
      let added = position + 1;
      while (length < lazyLength) {
        lengthMax = lengthMaxAt(added, end);
        if (lengthMax < 4) break;
        const next = longestMatch(added, start, lengthMax, length - 1, lazyDepth, niceLength);
        added++;
        const nextLength = <i32>(next >> 16);
        const nextDistance = next & 0xffff;
        if (!isBetter(nextLength, nextDistance, length, distance)) break;
        addLiteral(position++);
        length = nextLength;
        distance = nextDistance;
      }
      addMatch(sequence, <u32>(position - literals), length, distance);
      sequence += 8;
      position += <usize>length;
      addPositions(added, min(position, added + addedMax));
      literals = position;
    }
    sequence = settle(position, sequence, literals);
    literals = max(literals, plain);
  }
  if (plain < end) closeBlock(sequence);
}
