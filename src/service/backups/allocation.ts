/**
 * Holes of volumes: what a source states to be zeros is not read. A statement that a sample of blocks disproves is
 * warned of, and the whole volume is read.
 */
import { isAshlarError } from "../../errors.js";
import { HINT_SAMPLE_USUAL } from "../../pipeline/prove-hints.js";
import { findFalseHole, HOLE_SAMPLE_SIZE } from "../../pipeline/prove-holes.js";
import { bytesOf, type Ranges } from "../../sources/ranges.js";
import type { VolumeSource } from "../../sources/volume.js";
import type { ServiceContext } from "../context.js";

/** Of fewer bytes the proof would read a large part. */
const HOLES_PER_SAMPLE_MIN = 2;

/** The ranges of the volume that have to be read; `undefined` for all of it. */
export async function readAllocation(
  { settings, host }: ServiceContext,
  source: VolumeSource,
  signal: AbortSignal,
): Promise<Ranges | undefined> {
  const { hintSample: sampleCount = HINT_SAMPLE_USUAL } = settings;
  try {
    const data = await source.dataRanges?.(signal);
    if (data === undefined || !isWorthProof(source.size - bytesOf(data), sampleCount)) return undefined;
    const offset = await findFalseHole({ source, data, sampleCount, random: host.random, signal });
    if (offset === undefined) return data;
    host.warn?.(
      `reading the whole volume, because it has bytes where its source states a hole, e.g. at offset ${offset}`,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!isAshlarError(error, "storage")) throw error;
    host.warn?.(`reading the whole volume, because its holes are unknown: ${error.message}`);
  }
  return undefined;
}

function isWorthProof(holeBytes: number, sampleCount: number): boolean {
  return holeBytes >= HOLES_PER_SAMPLE_MIN * sampleCount * HOLE_SAMPLE_SIZE;
}
