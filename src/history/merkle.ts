/**
 * The Merkle tree over a digest table (docs/history.md): the tree of RFC 6962, whose leaves are groups of 64 digests.
 *
 *     leaf   SHA-256(00 | up to 64 digests of 32 bytes)
 *     node   SHA-256(01 | left | right), where the left side has the largest power of two of leaves that leaves any over
 *
 * A group instead of a single digest makes two calls of SHA-256 for each 64 blocks instead of 128.
 */
import { DIGEST_SIZE } from "../units.js";

/** Digests of one leaf. */
export const LEAF_DIGESTS = 64;
/** Bytes of a full leaf. */
export const LEAF_SIZE: number = LEAF_DIGESTS * DIGEST_SIZE;

/** The SHA-256 of some bytes, 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const [LEAF, NODE] = [0, 1] as const;

/** The hash of a leaf of one to 64 whole digests. */
export function leafHash(sha256: Sha256, digests: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + digests.length);
  bytes[0] = LEAF;
  bytes.set(digests, 1);
  return sha256(bytes);
}

function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * DIGEST_SIZE);
  bytes[0] = NODE;
  bytes.set(left, 1);
  bytes.set(right, 1 + DIGEST_SIZE);
  return sha256(bytes);
}

/** The root over a stream of leaves, in memory for one hash of each level. */
export class MerkleRoot {
  readonly #sha256: Sha256;
  /** Roots of full subtrees from left to right, each smaller than the one before, with their numbers of leaves. */
  readonly #subtrees: { readonly hash: Uint8Array; readonly leaves: number }[] = [];

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** @param digests of the next leaf: 64, fewer only in the last */
  append(digests: Uint8Array): void {
    let subtree = { hash: leafHash(this.#sha256, digests), leaves: 1 };
    for (;;) {
      const last = this.#subtrees.at(-1);
      if (last === undefined || last.leaves !== subtree.leaves) break;
      this.#subtrees.pop();
      subtree = { hash: nodeHash(this.#sha256, last.hash, subtree.hash), leaves: 2 * last.leaves };
    }
    this.#subtrees.push(subtree);
  }

  /** The root of the leaves so far; of none, the SHA-256 of nothing. */
  root(): Uint8Array {
    const [last, ...others] = this.#subtrees.map(({ hash }) => hash).reverse();
    if (last === undefined) return this.#sha256(new Uint8Array(0));
    return others.reduce((right, left) => nodeHash(this.#sha256, left, right), last);
  }
}

/** The hashes that prove leaf `index` together with its own: siblings from the leaf up. */
export function merklePath(sha256: Sha256, leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...merklePath(sha256, left, index), rootOf(sha256, right)]
    : [...merklePath(sha256, right, index - split), rootOf(sha256, left)];
}

function rootOf(sha256: Sha256, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return nodeHash(sha256, rootOf(sha256, leaves.slice(0, split)), rootOf(sha256, leaves.slice(split)));
}

/** The largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (2 * split < count) split *= 2;
  return split;
}

/** The root that a leaf and its path lead to; `undefined` for a path of another length than the leaf has. */
export function rootOfPath(
  sha256: Sha256,
  leaf: Uint8Array,
  {
    path,
    index,
    count,
  }: { readonly path: readonly Uint8Array[]; readonly index: number; readonly count: number },
): Uint8Array | undefined {
  if (!(index >= 0 && index < count)) return undefined;
  if (count === 1) return path.length === 0 ? leaf : undefined;
  const sibling = path.at(-1);
  if (sibling === undefined) return undefined;
  const split = splitOf(count);
  const isLeft = index < split;
  const below = {
    path: path.slice(0, -1),
    index: isLeft ? index : index - split,
    count: isLeft ? split : count - split,
  };
  const hash = rootOfPath(sha256, leaf, below);
  if (hash === undefined) return undefined;
  return isLeft ? nodeHash(sha256, hash, sibling) : nodeHash(sha256, sibling, hash);
}
