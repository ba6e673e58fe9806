/** The parent of an incremental backup: a whole chain, and the digest table of its newest backup. */
import { InvalidStateError } from "../errors.js";
import type { Chain } from "./chain.js";
import type { StoredTable } from "./stored-table.js";

/** The parent of an incremental backup, as `openParent` of a repository opens it. */
export interface ParentBackup {
  readonly chain: Chain;
  /** The digests to compare the volume with. `createBackup` reads and closes the table. */
  readonly table: StoredTable;
}

/**
 * Checks that an incremental backup of a volume of `size` bytes can be based on the chain.
 * @throws InvalidStateError if blocks have another size, or the volume has grown
 */
export function checkParentFits({ plan }: Chain, size: number, wantedBlockSize: number): void {
  const { blockSize } = plan.shape;
  if (blockSize !== wantedBlockSize) {
    throw new InvalidStateError(
      `Hash block size has changed since the last backup. New hash block size: ${wantedBlockSize}. ` +
        `Old hash block size: ${blockSize}. Do a full backup`,
    );
  }
  checkNotGrown(plan.volumeSize, size);
}

/** @throws InvalidStateError if the volume has more bytes than its parent backup */
export function checkNotGrown(parentSize: number, size: number): void {
  if (size <= parentSize) return;
  const sizes = `from ${parentSize} to ${size} bytes`;
  throw new InvalidStateError(`Volume size increased since the last backup, ${sizes}. Do a full backup`);
}
