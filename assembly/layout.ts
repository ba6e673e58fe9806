/**
 * Memory layout of the kernels. Constants are static data below `__heap_base`; all other state lies in a scratch area
 * that the host assigns to each instance, so that instances may share one memory.
 */

/** SHA-256's round constants (FIPS 180-4 §4.2.2). */
// @ts-ignore: decorator
@lazy export const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);

/** SHA-256's initial state (FIPS 180-4 §5.3.3). */
// @ts-ignore: decorator
@lazy export const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

/** Bytes of one SHA-256 message block. */
export const MESSAGE_BLOCK: usize = 64;
/** Bytes of one digest. */
export const DIGEST: usize = 32;
/** Blocks that the SIMD kernel hashes at once. */
export const LANES: usize = 8;

// Offsets in the scratch area. The state of the one block that is hashed alone:
export const ONE_STATE: usize = 0;
// Eight lanes: per set of four lanes the state (8 × 16 bytes) and the schedule (64 × 16 bytes).
export const STATE: usize = 64;
export const SET_STATE: usize = 128;
export const SCHEDULE: usize = 320;
export const SET_SCHEDULE: usize = 1024;
/** The pins of the SIMD rounds; never read. */
export const PINS: usize = 2368;
/** Eight pointers to each lane's next input. */
export const LANE_INPUTS: usize = 2432;
/** Eight pointers to the lanes' blocks, and eight to their digests. */
export const LANE_BLOCKS: usize = 2464;
export const LANE_DIGESTS: usize = 2496;
/** Two message blocks per lane: a block's last bytes and the padding. The scalar kernel uses those of lane 0. */
export const PADDING: usize = 2560;
/** The digest of a zero block, and the length of that block; 0 if there is none yet. */
export const ZERO_DIGEST: usize = 3584;
export const ZERO_LENGTH: usize = 3616;
export const SCRATCH_SIZE: usize = 3648;

/** This instance's scratch area. A global, and so not shared even if the memory is. */
export let scratch: usize = 0;

export function setScratch(pointer: usize): void {
  scratch = pointer;
}
