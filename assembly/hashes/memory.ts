/** Addresses at which the host and the hashes exchange bytes. */
import { ONE_STATE, SCRATCH_SIZE } from "../layout";

/** Address of the state of the current hash: 16 bytes for MD5, 32 for the others. */
export function state(): usize {
  return __heap_base + ONE_STATE;
}

/** Address of the bytes to hash. The host may use the memory from here on. */
export function input(): usize {
  return (__heap_base + SCRATCH_SIZE + 63) & ~63;
}
