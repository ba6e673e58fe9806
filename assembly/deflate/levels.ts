/** The effort of each level, so that its output is not larger than zlib's at the same level. */

/** For levels 1 to 9: `depthOf`, `lazyDepthOf`, `niceLengthOf` and `addedMaxOf`. */
const EFFORTS: usize = memory.data<u16>([
  1, 0, 16, 4, 4, 0, 32, 258, 8, 0, 32, 258, 4, 2, 32, 258, 8, 4, 64, 258, 20, 10, 64, 258, 24, 24, 128, 258, 32, 32, 128,
  258, 32, 32, 258, 258,
]);

function effortOf(level: i32): usize {
  return EFFORTS + <usize>(8 * (level - 1));
}

/** Candidates to compare at each position. */
export function depthOf(level: i32): i32 {
  return load<u16>(effortOf(level));
}

/** The same at the position after one with a match, which is used only if there is no better one here; 0 uses each match. */
export function lazyDepthOf(level: i32): i32 {
  return load<u16>(effortOf(level), 2);
}

/** A match of this length is used without looking for a longer one. */
export function niceLengthOf(level: i32): i32 {
  return load<u16>(effortOf(level), 4);
}

/** Positions inside of a match that later matches may refer to. */
export function addedMaxOf(level: i32): i32 {
  return load<u16>(effortOf(level), 6);
}
