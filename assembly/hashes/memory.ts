/** Where the host and the hashes exchange bytes. */
import { ONE_STATE, SCRATCH_SIZE } from "../layout";

/** Address of the state of the hash at work: 16 bytes of MD5, 32 of the others. */
export function state(): usize {
  return __heap_base + ONE_STATE;
}

/** Address of the bytes to hash. From here on the memory is the host's. */
export function input(): usize {
  return (__heap_base + SCRATCH_SIZE + 63) & ~63;
}
