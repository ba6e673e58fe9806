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
import type { ParentDigests } from "./stages/parent-digests.js";

/** A sample that misses wrong claims of 0.1 % of the blocks in one of a hundred cases: `(1 - 0.001)^4603 < 0.01`. */
export const HINT_SAMPLE_USUAL = 4603;
/** Blocks that are read at once. */
const READS_AT_ONCE = 8;
/** Digests that are read from the parent's table at once. */
const BATCH = 1024;

export interface HintProof {
  readonly source: VolumeSource;
  readonly changed: ChangedRanges;
  /** The parent's digests from the first block on. */
  readonly digests: ParentDigests;
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
  const batch = new Uint8Array(BATCH * DIGEST_SIZE);
  let first = 0;
  for (let taken = 0; taken < sample.length; ) {
    proof.signal?.throwIfAborted();
    const count = await proof.digests.readInto(batch);
    const blocks = sample.slice(taken).filter((block) => block < first + count);
    if (count === 0)
      throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume");
    const wrong = await sideBySide(blocks, READS_AT_ONCE, async (block) => {
      const expected = batch.subarray((block - first) * DIGEST_SIZE, (block - first + 1) * DIGEST_SIZE);
      return (await digestOf(proof, block)) === toHex(expected) ? undefined : block;
    });
    const found = wrong.find((block) => block !== undefined);
    if (found !== undefined) return found;
    taken += blocks.length;
    first += count;
  }
  return undefined;
}

async function digestOf({ source, hashes, blockSize }: HintProof, block: number): Promise<string> {
  const offset = block * blockSize;
  const bytes = new Uint8Array(Math.min(blockSize, source.size - offset));
  await source.readInto(bytes, offset);
  const hash = hashes.sha256();
  hash.update(bytes);
  return hash.hex();
}
