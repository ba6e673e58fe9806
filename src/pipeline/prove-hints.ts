/**
 * Proof of hints: a claim that blocks are unchanged is checked against the parent's digests on a random sample. If a
 * share `f` of the claimed blocks is wrong, a sample of `n` blocks misses all of them with probability `(1 - f)^n`; with
 * fewer claimed blocks than `n`, all are checked.
 */

import { toHex } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import type { Hashes } from "../ports.js";
import { sideBySide } from "../side-by-side.js";
import { sampleOutside } from "../sources/block-sample.js";
import type { ChangedRanges } from "../sources/hints/changed-ranges.js";
import type { VolumeSource } from "../sources/volume.js";
import { DIGEST_SIZE } from "../units.js";
import type { EntryCollector, ParentDigests } from "./stages/parent-digests.js";

/** A sample that misses wrong claims of 0.1 % of the blocks in one of a hundred cases: `(1 - 0.001)^4603 < 0.01`. */
export const HINT_SAMPLE_USUAL = 4603;
/** Blocks that are read at once. */
const READS_AT_ONCE = 8;

export interface HintProof {
  readonly source: VolumeSource;
  readonly changed: ChangedRanges;
  /** The parent's digests from the first block on. */
  readonly digests: Pick<ParentDigests, "readInto" | "copyTo">;
  readonly hashes: Hashes;
  /** Bytes. */
  readonly blockSize: number;
  /** Number of blocks to check. */
  readonly sampleCount: number;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** The index of a block that is claimed to be unchanged and is not; `undefined` if the whole sample is right. */
export async function findFalseClaim(proof: HintProof): Promise<number | undefined> {
  const { source, changed, sampleCount: count, blockSize, random } = proof;
  const sample = sampleOutside(changed, { volumeSize: source.size, blockSize, count, random });
  const buffers = Array.from({ length: READS_AT_ONCE }, () => new Uint8Array(blockSize));
  let next = 0;
  for (let taken = 0; taken < sample.length; taken += READS_AT_ONCE) {
    proof.signal?.throwIfAborted();
    const claims: Claim[] = [];
    for (const block of sample.slice(taken, taken + READS_AT_ONCE)) {
      claims.push({ block, expected: await digestAt(proof, next, block), buffer: buffers[claims.length]! });
      next = block + 1;
    }
    const wrong = await sideBySide(claims, READS_AT_ONCE, async (claim) => {
      return (await digestOf(proof, claim)) === toHex(claim.expected) ? undefined : claim.block;
    });
    const found = wrong.find((block) => block !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Claim {
  readonly block: number;
  /** The parent's digest of the block. */
  readonly expected: Uint8Array;
  /** For the block. */
  readonly buffer: Uint8Array;
}

const NOWHERE: EntryCollector = { append: async () => undefined, appendEntries: async () => undefined };

/** The parent's digest of a block. @param next block index that its table has been read to */
async function digestAt({ digests }: HintProof, next: number, block: number): Promise<Uint8Array> {
  const digest = new Uint8Array(DIGEST_SIZE);
  const skipped = await digests.copyTo(NOWHERE, block - next);
  if (skipped === block - next && (await digests.readInto(digest)) === 1) return digest;
  throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume");
}

async function digestOf({ source, hashes, blockSize }: HintProof, { block, buffer }: Claim): Promise<string> {
  const offset = block * blockSize;
  const bytes = buffer.subarray(0, source.size - offset);
  await source.readInto(bytes, offset);
  const hash = hashes.sha256();
  hash.update(bytes);
  return hash.hex();
}
