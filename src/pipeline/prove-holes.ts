/** Checks a source's statement that ranges are zeros, on a random sample of them. */
import { sideBySide } from "../side-by-side.js";
import { sampleOutside } from "../sources/block-sample.js";
import type { Ranges } from "../sources/ranges.js";
import type { VolumeSource } from "../sources/volume.js";
import { DEFAULT_BLOCK_SIZE } from "../units.js";

/** Bytes of a piece of the sample. */
export const HOLE_SAMPLE_SIZE: number = DEFAULT_BLOCK_SIZE;
/** Pieces that are read at once. */
const READS_AT_ONCE = 8;

export interface HoleProof {
  readonly source: VolumeSource;
  /** The ranges that the source does not call zeros. */
  readonly data: Ranges;
  /** Number of pieces of `HOLE_SAMPLE_SIZE` bytes to check. */
  readonly sampleCount: number;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** The offset of a piece that is not zero although the source says so; `undefined` if the whole sample is. */
export async function findFalseHole(proof: HoleProof): Promise<number | undefined> {
  const { source, data, sampleCount: count, random, signal } = proof;
  const sample = sampleOutside(data, { volumeSize: source.size, blockSize: HOLE_SAMPLE_SIZE, count, random });
  const buffers: Uint8Array[] = [];
  let found: number | undefined;
  await sideBySide(sample, READS_AT_ONCE, async (piece) => {
    signal?.throwIfAborted();
    if (found !== undefined) return;
    const buffer = buffers.pop() ?? new Uint8Array(HOLE_SAMPLE_SIZE);
    await source.readInto(buffer, piece * HOLE_SAMPLE_SIZE);
    if (!isZero(buffer)) found = piece * HOLE_SAMPLE_SIZE;
    buffers.push(buffer);
  });
  return found;
}

/** Whether a buffer of whole words is zero. */
function isZero({ buffer }: Uint8Array): boolean {
  const words = new Uint32Array(buffer);
  let bits = 0;
  for (let i = 0; i < words.length; i++) bits |= words[i]!;
  return bits === 0;
}
