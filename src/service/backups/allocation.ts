/**
 * Holes of volumes: what a source states to be zeros is not read. A statement that a sample of blocks disproves is
 * refused, and the whole volume is read.
 */
import { isAshlarError } from "../../errors.js";
import { HINT_SAMPLE_USUAL } from "../../pipeline/prove-hints.js";
import { findFalseHole, HOLE_SAMPLE_SIZE } from "../../pipeline/prove-holes.js";
import { bytesOf, type Ranges } from "../../sources/ranges.js";
import type { VolumeSource } from "../../sources/volume.js";
import type { ServiceContext } from "../context.js";

/** Of fewer bytes the proof would read a large part. */
const HOLES_PER_SAMPLE_MIN = 2;

export interface AllocationSubject {
  readonly source: VolumeSource;
  readonly signal: AbortSignal;
  /** Called with the reason if the statement is not used. */
  readonly refuse: (reason: string) => Promise<void>;
}

/** The ranges of the volume that have to be read; `undefined` for all of it. */
export async function readAllocation(
  { settings, host }: ServiceContext,
  { source, signal, refuse }: AllocationSubject,
): Promise<Ranges | undefined> {
  const { hintSample: sampleCount = HINT_SAMPLE_USUAL } = settings;
  try {
    const data = await source.dataRanges?.(signal);
    if (data === undefined || !isWorthProof(source.size - bytesOf(data), sampleCount)) return undefined;
    const offset = await findFalseHole({ source, data, sampleCount, random: host.random, signal });
    if (offset === undefined) return data;
    await refuse(`it has bytes where its source states a hole, e.g. at offset ${offset}`);
  } catch (error) {
    signal.throwIfAborted();
    if (!isAshlarError(error, "storage")) throw error;
    await refuse(`its holes are unknown: ${error.message}`);
  }
  return undefined;
}

function isWorthProof(holeBytes: number, sampleCount: number): boolean {
  return holeBytes >= HOLES_PER_SAMPLE_MIN * sampleCount * HOLE_SAMPLE_SIZE;
}
