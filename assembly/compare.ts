/** Digest comparison: finds the runs of blocks that differ from the parent's. */
import { DIGEST } from "./layout";

// @ts-ignore: decorator
@inline
function differs(a: usize, b: usize): bool {
  if (ASC_FEATURE_SIMD) {
    return v128.any_true(
      v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16))),
    );
  }
  return (
    ((load<u64>(a, 0) ^ load<u64>(b, 0)) | (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) | (load<u64>(a, 24) ^ load<u64>(b, 24))) != 0
  );
}

/**
 * Writes the maximal runs of differing digests to `runs`, as pairs of 32-bit words: index of the first, number of
 * digests. Needs room for `(count + 1) / 2` runs. Returns the number of runs.
 */
export function changedRuns(current: usize, parent: usize, count: usize, runs: usize): usize {
  let found: usize = 0;
  let index: usize = 0;
  while (index < count) {
    if (!differs(current + index * DIGEST, parent + index * DIGEST)) {
      index++;
      continue;
    }
    const first = index++;
    while (index < count && differs(current + index * DIGEST, parent + index * DIGEST)) index++;
    store<u32>(runs + 8 * found, <u32>first, 0);
    store<u32>(runs + 8 * found, <u32>(index - first), 4);
    found++;
  }
  return found;
}
