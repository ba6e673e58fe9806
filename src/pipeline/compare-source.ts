/**
 * A comparison of a volume with a backup: `read → digest` of the volume, and the digests are compared with the backup's
 * digest table. Of the backup only its digest table is read; nothing is written.
 */
import type { Range } from "../chain/plan.js";
import type { StoredTable } from "../chain/stored-table.js";
import { IntegrityError } from "../errors.js";
import type { VolumeSource } from "../sources/volume.js";
import { WritableStream } from "../streams.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import { DifferingRanges } from "./differing-ranges.js";
import { MemoryBudget } from "./memory/budget.js";
import { type MemoryPlan, planBackupMemory, poolOf } from "./memory/plan.js";
import { arenaSizeOf, BufferPool } from "./memory/pool.js";
import { Run, type RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import { type DigestCollector, digest } from "./stages/digest.js";
import { read } from "./stages/read.js";
import { readerOnThreads } from "./stages/reader-on-threads.js";
import type { DigestedWindow } from "./stages/window.js";

/** Options of `compareSource`. */
export interface CompareOptions extends RunOptions {
  readonly runtime: Runtime;
  /** The digest table of the backup, from its beginning; the caller closes it. */
  readonly table: Pick<StoredTable, "readInto">;
  /** Bytes of the backup's volume and of its blocks. */
  readonly volumeSize: number;
  readonly blockSize: number;
  /** The plan by `planComparison`, if it was already made to admit the run. @default {made at the start} */
  readonly memory?: MemoryPlan | undefined;
}

/** How a volume's bytes differ from those of a backup. */
export interface Comparison {
  /** Bytes of the volume that were read and compared. */
  readonly comparedSize: number;
  /** Whole blocks that have other bytes than in the backup, ascending; at most `DIFFERING_RANGES_MAX` ranges. */
  readonly differing: readonly Range[];
  /** Bytes of all ranges that differ, also of those that are not listed. */
  readonly differingSize: number;
  /** Whether there are more ranges that differ than are listed. */
  readonly isCut: boolean;
  /** The backup's bytes behind the volume's end. */
  readonly missing: Range | undefined;
  /** The volume's bytes behind the end of the backup. */
  readonly beyond: Range | undefined;
  readonly memory: MemoryPlan;
  readonly accountedPeak: number;
}

/** The memory of a comparison: that of a backup that encodes and stores nothing. */
export function planComparison(blockSize: number, tableBufferSize: number): MemoryPlan {
  const chunkSize = Number.MAX_SAFE_INTEGER - (Number.MAX_SAFE_INTEGER % blockSize);
  const shape = { blockSize, chunkSize, concurrentObjects: 1, coalesceGap: 0 };
  return planBackupMemory({ ...shape, sinkBufferSize: tableBufferSize });
}

/**
 * Compares what the volume has now with the backup, block by block. The caller closes the source.
 * @throws IntegrityError for a digest table that is damaged
 * @throws CancelledError when the signal was aborted
 * @throws AshlarError any error of the source or the sink
 */
export async function compareSource(source: VolumeSource, options: CompareOptions): Promise<Comparison> {
  const { volumeSize, blockSize, memory = planComparison(blockSize, 0) } = options;
  const run = new Run(options);
  const comparedSize = Math.min(source.size, volumeSize);
  run.progress.bytesTotal = comparedSize;
  const budget = new MemoryBudget(memory.accounted, { signal: run.signal });
  const blocks = new ComparedBlocks(options, comparedSize);
  try {
    await budget.acquire(memory.accounted);
    if (comparedSize > 0) await pump(clipped(source, comparedSize), { options, memory, run, blocks });
    await blocks.readRest();
    const { list: differing, size: differingSize, isCut } = blocks.differing;
    const found = { comparedSize, differing, differingSize, isCut };
    const missing = rangeBetween(source.size, volumeSize);
    const beyond = rangeBetween(volumeSize, source.size);
    return { ...found, missing, beyond, memory, accountedPeak: budget.peak };
  } catch (error) {
    throw run.fail(error);
  } finally {
    run.end();
  }
}

function rangeBetween(offset: number, end: number): Range | undefined {
  return end > offset ? { offset, length: end - offset } : undefined;
}

/** The first `size` bytes of a source. */
function clipped(source: VolumeSource, size: number): VolumeSource {
  const readInto = (buffer: Uint8Array, offset: number): Promise<void> => source.readInto(buffer, offset);
  return { size, descriptor: source.descriptor, readInto, close: async () => {} };
}

interface Pump {
  readonly options: CompareOptions;
  readonly memory: MemoryPlan;
  readonly run: Run;
  readonly blocks: ComparedBlocks;
}

async function pump(source: VolumeSource, { options, memory, run, blocks }: Pump): Promise<void> {
  const { runtime, blockSize, profile } = options;
  const { windowSize, bufferCount } = memory;
  const { progress, signal } = run;
  const shape = poolOf(bufferCount, windowSize, blockSize);
  const compute = await runtime.compute({ arenaSize: arenaSizeOf(shape), workSize: source.size });
  const pool = new BufferPool(compute.arena, shape, signal);
  const readAndDigest = readerOnThreads(source, compute, blockSize);
  const isDeferred = readAndDigest !== undefined;
  const chunkSize = Number.MAX_SAFE_INTEGER;
  const windows = read(source, { chunkSize, windowSize, isDeferred, meter: profile?.stage("read") }, pool);
  const digesting = { blockSize, table: blocks, readAndDigest, progress, meter: profile?.stage("digest") };
  const last = new WritableStream<DigestedWindow>({
    write({ bytes, buffer }) {
      progress.bytesDone += bytes.length;
      buffer.release();
    },
  });
  try {
    await run.drain(windows.pipeThrough(digest(compute, digesting)), last);
  } finally {
    profile?.end();
    compute.close();
  }
}

/** Compares digests with the backup's table as they come, in block order. */
class ComparedBlocks implements DigestCollector {
  readonly differing: DifferingRanges = new DifferingRanges();
  readonly #options: CompareOptions;
  readonly #comparedSize: number;
  #expected = new Uint8Array(0);
  #count = 0;

  constructor(options: CompareOptions, comparedSize: number) {
    this.#options = options;
    this.#comparedSize = comparedSize;
  }

  async append(digests: Uint8Array): Promise<void> {
    if (this.#expected.length < digests.length) this.#expected = new Uint8Array(digests.length);
    const expected = this.#expected.subarray(0, digests.length);
    const found = await this.#options.table.readInto(expected);
    if (found * DIGEST_SIZE < digests.length)
      throw new IntegrityError("Cannot compare volume: the backup's digest table ends before it");
    for (let at = 0; at < digests.length; at += DIGEST_SIZE) {
      if (!isSame(digests, expected, at)) this.differing.add(this.#rangeOf(this.#count));
      this.#count++;
    }
  }

  /** Reads the rest of the table: only at its end is it known to be the one that was stored. */
  async readRest(): Promise<void> {
    const { table, volumeSize, blockSize } = this.#options;
    const scratch = new Uint8Array(1024 * DIGEST_SIZE);
    let total = this.#count;
    for (let count = -1; count !== 0; total += count) count = await table.readInto(scratch);
    if (total !== countOf(volumeSize, blockSize))
      throw new IntegrityError(`Cannot trust digest table: it has ${total} digests`);
  }

  #rangeOf(block: number): Range {
    const offset = block * this.#options.blockSize;
    return { offset, length: Math.min(this.#options.blockSize, this.#comparedSize - offset) };
  }
}

function isSame(digests: Uint8Array, expected: Uint8Array, from: number): boolean {
  for (let at = from; at < from + DIGEST_SIZE; at++) if (digests[at] !== expected[at]) return false;
  return true;
}
