/**
 * The proof of one block: an entry of the history, the digests of the block's leaf, and the path from the leaf to the
 * root in the entry. Whoever has the public key checks it without the repository.
 */
import { toHex, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import type { Hashes } from "../ports.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import { openEntry } from "./entry.js";
import { bytesOfHex } from "./keys.js";
import { LEAF_DIGESTS, leafHash, rootOfPath } from "./merkle.js";
import { sha256Of, type TablePath } from "./table.js";

const VERSION = "1.0.0";

/** A proof in the form in which it is exchanged, as JSON. */
export interface BlockProof {
  readonly version: string;
  /** The object that has the entry: two lines. */
  readonly entry: string;
  /** Index of the block in the volume. */
  readonly block: number;
  /** Digests of the leaf that has the block's: hexadecimal. */
  readonly digests: readonly string[];
  /** From the leaf up: hexadecimal. */
  readonly path: readonly string[];
}

/** The claim that a proof proves. */
export interface ProvenBlock {
  readonly backupId: string;
  readonly volumeId: string;
  /** When the entry was written. */
  readonly at: string;
  readonly block: number;
  /** Byte offset of the block in the volume. */
  readonly offset: number;
  readonly blockSize: number;
  /** SHA-256 of the block's bytes, of which the last block of a volume may have fewer. */
  readonly digest: string;
}

export function makeProof(entry: string, block: number, { digests, path }: TablePath): BlockProof {
  const count = digests.length / DIGEST_SIZE;
  return {
    version: VERSION,
    entry,
    block,
    digests: Array.from({ length: count }, (_, i) =>
      toHex(digests.subarray(i * DIGEST_SIZE, (i + 1) * DIGEST_SIZE)),
    ),
    path: path.map(toHex),
  };
}

/**
 * Checks a proof of unknown origin.
 * @param keys the accepted public keys
 * @throws IntegrityError unless it proves what it claims
 */
export async function checkProof(
  proof: BlockProof,
  { keys, hashes }: { readonly keys: readonly string[]; readonly hashes: Hashes },
): Promise<ProvenBlock> {
  const { version, entry: object, block, digests, path } = proof;
  const isShaped =
    version === VERSION &&
    typeof object === "string" &&
    Number.isSafeInteger(block) &&
    [digests, path].every((list) => Array.isArray(list) && list.length <= LEAF_DIGESTS);
  if (!isShaped) throw refused(`it is no proof of version ${VERSION}`);
  const { entry } = await openEntry(toUtf8(object), "proof", keys);
  if (entry.event !== "stored") throw refused("its entry is of no stored backup");
  const leaf = hashesIn(digests);
  const siblings = hashesIn(path);
  if (leaf === undefined || siblings === undefined) throw refused("its hashes are not hexadecimal");
  const index = Math.floor(block / LEAF_DIGESTS);
  const count = countOf(entry.block_count, LEAF_DIGESTS);
  const sha256 = sha256Of(hashes);
  const expected = Math.min(LEAF_DIGESTS, entry.block_count - index * LEAF_DIGESTS);
  const joined = new Uint8Array(leaf.length * DIGEST_SIZE);
  for (const [i, digest] of leaf.entries()) joined.set(digest, i * DIGEST_SIZE);
  const root =
    block < 0 || block >= entry.block_count || leaf.length !== expected
      ? undefined
      : rootOfPath(sha256, leafHash(sha256, joined), { path: siblings, index, count });
  if (root === undefined || toHex(root) !== entry.root)
    throw refused("its path does not lead to the root that was signed");
  return {
    backupId: entry.backup_id,
    volumeId: entry.volume_id,
    at: entry.at,
    block,
    offset: block * entry.block_size,
    blockSize: entry.block_size,
    digest: String(digests[block % LEAF_DIGESTS]),
  };
}

/** `undefined` unless each is the hexadecimal of 32 bytes. */
function hashesIn(texts: readonly string[]): Uint8Array[] | undefined {
  const hashes = texts.map((text) => bytesOfHex(String(text), DIGEST_SIZE));
  const whole = hashes.filter((hash) => hash !== undefined);
  return whole.length === hashes.length ? whole : undefined;
}

function refused(state: string): IntegrityError {
  return new IntegrityError(`Cannot accept proof: ${state}`);
}
