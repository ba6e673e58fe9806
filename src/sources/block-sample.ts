/** Random samples of the blocks that ranges leave out, in time that does not grow with the volume. */
import type { Ranges } from "./ranges.js";

export interface SampleOptions {
  /** Bytes. */
  readonly volumeSize: number;
  /** Bytes. */
  readonly blockSize: number;
  /** Number of blocks; fewer blocks than that are all taken. */
  readonly count: number;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
}

/** Consecutive blocks. */
interface Run {
  readonly first: number;
  readonly count: number;
}

/**
 * Different blocks that no range touches, in order: each is as probable as any other. The volume's last block is not
 * among them.
 */
export function sampleOutside(ranges: Ranges, options: SampleOptions): number[] {
  const runs = runsOutside(ranges, options);
  const total = runs.reduce((sum, { count }) => sum + count, 0);
  const picked = pick(total, options).sort((a, b) => a - b);
  const blocks: number[] = [];
  let [run, before] = [0, 0];
  for (const index of picked) {
    while (index >= before + runs[run]!.count) before += runs[run++]!.count;
    blocks.push(runs[run]!.first + index - before);
  }
  return blocks;
}

function runsOutside(ranges: Ranges, { volumeSize, blockSize }: SampleOptions): Run[] {
  const lastBlock = Math.ceil(volumeSize / blockSize) - 1;
  const runs: Run[] = [];
  let from = 0;
  const add = (to: number): void => {
    const first = Math.ceil(from / blockSize);
    const count = Math.min(Math.floor(to / blockSize), lastBlock) - first;
    if (count > 0) runs.push({ first, count });
  };
  for (const { offset, length } of ranges) {
    add(offset);
    from = Math.max(from, offset + length);
  }
  add(volumeSize);
  return runs;
}

/** Different numbers below `total`, by Floyd's algorithm. */
function pick(total: number, { count, random }: SampleOptions): number[] {
  if (total <= count) return Array.from({ length: total }, (_, index) => index);
  const picked = new Set<number>();
  for (let end = total - count; end < total; end++) {
    const index = Math.floor(random() * (end + 1));
    picked.add(picked.has(index) ? end : index);
  }
  return [...picked];
}
