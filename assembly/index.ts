/**
 * What the host may call. Both builds, with SIMD and without, are compiled from this list, so they cannot differ in
 * it; `ASC_FEATURE_SIMD` decides inside. Imports nothing but its memory, and writes nothing but the scratch area and
 * what it is told to. Pointers and sizes are `usize`: a memory has to stay below 4 GiB, so that no end wraps to 0.
 */
import { SCRATCH_SIZE } from "./layout";

export { adler32 } from "./adler";
export { changedRuns } from "./compare";
export { digestBlocks, digestEight } from "./digest";
export { setScratch } from "./layout";
export { digestFinish, digestStart, digestUpdate } from "./one";
export { isZero } from "./zero";

/** Where static data ends: the host may use the memory from here on. */
export function dataEnd(): usize {
  return __heap_base;
}

export function scratchSize(): usize {
  return SCRATCH_SIZE;
}
