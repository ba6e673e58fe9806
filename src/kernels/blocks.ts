import { UsageError } from "../errors.js";
import { countOf, DIGEST_SIZE } from "../units.js";

const BLOCK_SIZE_MAX = 0xffff_ffff;

/**
 * The number of blocks of `blockSize` bytes in `window`. Checks that their digests fit into `digests`.
 * @throws UsageError when `blockSize` is not a whole number from 1 to 2^32 − 1, or `digests` is too short
 */
export function countBlocks(window: Uint8Array, blockSize: number, digests: Uint8Array): number {
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > BLOCK_SIZE_MAX) {
    throw new UsageError(`Cannot digest blocks of ${blockSize} bytes: want 1 to ${BLOCK_SIZE_MAX}`);
  }
  const count = countOf(window.length, blockSize);
  if (digests.length < count * DIGEST_SIZE) {
    throw new UsageError(
      `Cannot digest ${count} blocks into ${digests.length} bytes: ${count * DIGEST_SIZE} are wanted`,
    );
  }
  return count;
}
