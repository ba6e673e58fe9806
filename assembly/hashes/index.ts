/**
 * Running MD5, SHA-256 and XXH64 for hosts that may not compile bytes, and so cannot load a package that does.
 *
 * One instance serves many running hashes: the host puts a hash's state where `state` says, whole message blocks where
 * `input` says, and takes the state away again. Buffering and padding are the host's; it knows the lengths.
 */
import { ONE_STATE, SCRATCH_SIZE, setScratch } from "../layout";
import { digestStart, digestUpdate } from "../one";

export { md5Start, md5Update } from "./md5";
export { xxh64Finish, xxh64Start, xxh64Update } from "./xxh64";

/** Where the state of the hash at work lies: 16, 32 and 32 bytes. */
export function state(): usize {
  return __heap_base + ONE_STATE;
}

/** From here on the memory is the host's. */
export function input(): usize {
  return (__heap_base + SCRATCH_SIZE + 63) & ~63;
}

export function sha256Start(): void {
  setScratch(__heap_base);
  digestStart();
}

/** Takes in `length` bytes at `input`, a multiple of 64. */
export function sha256Update(length: usize): void {
  setScratch(__heap_base);
  digestUpdate(input(), length);
}
