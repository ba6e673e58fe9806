/** The Merkle tree over a stored digest table: its root, and the path of one block. */
import type { StoredBackup } from "../chain/stored-backup.js";
import { StoredTable } from "../chain/stored-table.js";
import { UsageError } from "../errors.js";
import type { Hashes } from "../ports.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import { bytesOfHex } from "./keys.js";
import { LEAF_DIGESTS, LEAF_SIZE, leafHash, MerkleRoot, merklePath, type Sha256 } from "./merkle.js";

/** The digests of a table in one number. */
export interface TableRoot {
  readonly blockSize: number;
  readonly blockCount: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** SHA-256 of the stored table, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** One block's leaf and its path. */
export interface TablePath extends Pick<TableRoot, "blockSize" | "blockCount"> {
  /** Digests of the leaf that has the block's. */
  readonly digests: Uint8Array;
  readonly path: readonly Uint8Array[];
}

interface ReadOptions {
  readonly hashes: Hashes;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the table, in memory for one leaf.
 * @throws IntegrityError when its bytes are not those that `backup` names
 */
export async function rootOfTable(backup: StoredBackup, options: ReadOptions): Promise<TableRoot> {
  const tree = new MerkleRoot(sha256Of(options.hashes));
  const shape = await eachLeaf(backup, options, (digests) => tree.append(digests));
  return { ...shape, root: tree.root() };
}

/** Reads the table, in memory for 32 bytes of each 64 blocks. @throws UsageError for a block that it does not have */
export async function pathOfBlock(
  backup: StoredBackup,
  block: number,
  options: ReadOptions,
): Promise<TablePath> {
  const sha256 = sha256Of(options.hashes);
  const index = Math.floor(block / LEAF_DIGESTS);
  const leaves: Uint8Array[] = [];
  let found: Uint8Array | undefined;
  const shape = await eachLeaf(backup, options, (digests) => {
    if (leaves.length === index) found = digests.slice();
    leaves.push(leafHash(sha256, digests));
  });
  if (found === undefined || block >= shape.blockCount)
    throw new UsageError(`Cannot prove block ${block}: the backup has blocks 0 to ${shape.blockCount - 1}`);
  return { ...shape, digests: found, path: merklePath(sha256, leaves, index) };
}

/** SHA-256 as a function of bytes. */
export function sha256Of(hashes: Hashes): Sha256 {
  return (bytes) => {
    const hash = hashes.sha256();
    hash.update(bytes);
    return bytesOfHex(hash.hex(), DIGEST_SIZE)!;
  };
}

/** Calls `take` with the digests of each leaf in turn, which are valid during the call. */
async function eachLeaf(
  backup: StoredBackup,
  { hashes, signal }: ReadOptions,
  take: (digests: Uint8Array) => void,
): Promise<Omit<TableRoot, "root">> {
  const table = await StoredTable.open(backup, hashes, { signal });
  const digests = new Uint8Array(LEAF_SIZE);
  try {
    let blockCount = 0;
    for (;;) {
      const count = await table.readInto(digests);
      if (count === 0) break;
      take(digests.subarray(0, count * DIGEST_SIZE));
      blockCount += count;
      if (countOf(blockCount, LEAF_DIGESTS) * LEAF_DIGESTS !== blockCount) break;
    }
    // The bytes of the table are compared at its end.
    await table.countAll();
    return { blockSize: table.header.blockSize, blockCount, sha256: table.sha256! };
  } finally {
    await table.close();
  }
}
