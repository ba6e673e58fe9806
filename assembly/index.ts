/**
 * The exports for the host. Both builds, with and without SIMD, are compiled from this list, so their exports are the
 * same; `ASC_FEATURE_SIMD` selects the code. Imports only its memory, and writes only to the scratch area and to the
 * addresses it is given. Pointers and sizes are `usize`: a memory must stay below 4 GiB, so that no end wraps to 0.
 */
import { SCRATCH_SIZE } from "./layout";

export { adler32 } from "./adler";
export { changedRuns } from "./compare";
export { digestBlocks, digestEight } from "./digest";
export { setScratch } from "./layout";
export { digestFinish, digestStart, digestUpdate } from "./one";
export { isZero } from "./zero";

/** End of static data: the host may use the memory from here on. */
export function dataEnd(): usize {
  return __heap_base;
}

export function scratchSize(): usize {
  return SCRATCH_SIZE;
}
