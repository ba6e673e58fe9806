/**
 * The least rotation of a block, which reduces sorting of rotations to sorting of suffixes.
 *
 * The transform sorts all rotations of the block. Suffix sorting is a well-studied problem with linear solutions, but
 * it sorts a suffix before any suffix that it is a prefix of, which need not hold for rotations. It does hold for a
 * Lyndon word, a word less than all of its rotations: after the suffix, a rotation continues with the word's beginning,
 * which is less than any other continuation. The least rotation of a block is a Lyndon word, or a repetition of one,
 * whose rotations are then sorted together.
 */

/** Start of the least rotation. */
export let start: i32 = 0;
/** Length of the Lyndon word that the least rotation repeats; the block's own length if it has no period. */
export let period: i32 = 0;

/**
 * Finds both by comparing two candidates: at the first difference, the greater one, and every start within their common
 * part, cannot be the least. At most three steps per byte.
 */
export function findLeastRotation(text: usize, length: i32): void {
  let one = 0;
  let other = 1;
  let common = 0;
  while (other < length && one < length && common < length) {
    const a = load<u8>(text + wrap(one + common, length));
    const b = load<u8>(text + wrap(other + common, length));
    if (a == b) {
      common++;
      continue;
    }
    if (a > b) one += common + 1;
    else other += common + 1;
    if (one == other) other++;
    common = 0;
  }
  start = min(one, other);
  // Both candidates are least only if the block repeats itself; the nearest such pair is one period apart.
  period = common == length ? max(one, other) - start : length;
}

// @ts-ignore: decorator
@inline
function wrap(index: i32, length: i32): i32 {
  return index < length ? index : index - length;
}

/** Copies the Lyndon word to `target`. */
export function copyRotated(target: usize, text: usize, length: i32): void {
  const head = min(period, length - start);
  memory.copy(target, text + start, head);
  memory.copy(target + head, text, period - head);
}
