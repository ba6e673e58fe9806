/**
 * The least rotation of a block, by which sorting rotations becomes sorting suffixes.
 *
 * The transform sorts all rotations of the block. Suffix sorting is the well-studied problem with linear solutions, but
 * a suffix that is a prefix of another comes first, which need not hold for rotations. It does for a Lyndon word, one
 * that is less than all of its rotations: what follows a rotation's suffix is the word's beginning, less than anything
 * else that could follow. The least rotation of a block is a Lyndon word, or several times the same one, whose
 * rotations then are sorted together.
 */

/** Where the least rotation begins. */
export let start: i32 = 0;
/** Length of the Lyndon word that the least rotation repeats; the block's own length if it has no period. */
export let period: i32 = 0;

/**
 * Finds both by comparing two candidates: where they first differ, the greater one, and every start that lies within
 * what they had in common, cannot be the least. At most three steps a byte.
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
  // Both candidates are least only where the block repeats itself, and the nearest such pair is a period apart.
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
