/**
 * diff: the parts of each window that have to be stored, grouped into extents.
 *
 * Without a parent everything is, and each chunk is one extent. With one, every maximal run of blocks whose digest
 * differs from the parent's is, and runs join across windows but never across chunks. An extent that would be longer
 * than an object may be goes on as another, from a window's beginning.
 */
import { IntegrityError } from "../errors.js";
import { TransformStream } from "../streams.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import type { Geometry } from "./geometry.js";
import type { StageMeter } from "./profile.js";
import type { Progress } from "./run.js";
import type { DigestedWindow, Extent, ExtentPart } from "./window.js";

/** The parent's digests, in block order. */
export interface ParentDigests {
  /** Fills `digests`; returns how many digests were left to give. */
  readInto(digests: Uint8Array): Promise<number>;
  /** Reads on to the end, so that a table which is damaged there is noticed. */
  countAll(): Promise<number>;
}

/** Finds the maximal runs of unequal digests, as pairs (first block, count). Returns the number of runs. */
export type FindRuns = (current: Uint8Array, parent: Uint8Array, runs: Uint32Array) => number;

export interface DiffOptions extends Geometry {
  readonly windowSize: number;
  /** Upper bound of one object's plain bytes: at least a window, at most a chunk. */
  readonly objectSize: number;
  readonly volumeSize: number;
  readonly parent: ParentDigests | undefined;
  readonly findRuns: FindRuns;
  readonly progress: Progress;
  readonly meter?: StageMeter | undefined;
}

export function diff(options: DiffOptions): TransformStream<DigestedWindow, ExtentPart> {
  const { parent, progress, meter } = options;
  const grouping = new ExtentGrouping(options);
  const changes = parent === undefined ? undefined : new ChangeFinder(parent, options);
  return new TransformStream<DigestedWindow, ExtentPart>({
    async transform(window, controller) {
      meter?.take(window.bytes.length);
      meter?.start();
      const ranges =
        changes === undefined ? [[0, window.bytes.length] as const] : await changes.rangesOf(window);
      let changed = 0;
      for (const [from, to] of ranges) {
        window.buffer.retain();
        meter?.give(to - from);
        controller.enqueue(grouping.partOf(window, from, to));
        changed += to - from;
      }
      window.buffer.release();
      meter?.end();
      progress.bytesDone += window.bytes.length - changed;
    },
    async flush() {
      await parent?.countAll();
    },
  });
}

/** Assigns consecutive parts to extents. */
class ExtentGrouping {
  readonly #options: DiffOptions;
  #extent: Extent = { offset: 0 };
  #end = -1;

  constructor(options: DiffOptions) {
    this.#options = options;
  }

  partOf(window: DigestedWindow, from: number, to: number): ExtentPart {
    const { chunkSize, objectSize } = this.#options;
    const offset = window.offset + from;
    const end = window.offset + to;
    const goesOn =
      offset === this.#end && offset % chunkSize !== 0 && end - this.#extent.offset <= objectSize;
    if (!goesOn) this.#extent = this.#extentAt(offset);
    this.#end = end;
    const bytes = window.bytes.subarray(from, to);
    return { extent: this.#extent, offset, bytes, buffer: window.buffer, isZero: window.isZero };
  }

  /** Where everything is stored, an extent ends where the chunk, the volume or the object has to. */
  #extentAt(offset: number): Extent {
    const { chunkSize, objectSize, volumeSize, parent } = this.#options;
    if (parent !== undefined) return { offset };
    const chunkEnd = offset - (offset % chunkSize) + chunkSize;
    return { offset, length: Math.min(objectSize, chunkEnd - offset, volumeSize - offset) };
  }
}

/** Holds windows against the parent's digest table, which it reads in step with them. */
class ChangeFinder {
  readonly #parent: ParentDigests;
  readonly #blockSize: number;
  readonly #findRuns: FindRuns;
  readonly #digests: Uint8Array;
  readonly #runs: Uint32Array;

  constructor(parent: ParentDigests, { blockSize, windowSize, findRuns }: DiffOptions) {
    const blockCount = countOf(windowSize, blockSize);
    this.#parent = parent;
    this.#blockSize = blockSize;
    this.#findRuns = findRuns;
    this.#digests = new Uint8Array(blockCount * DIGEST_SIZE);
    this.#runs = new Uint32Array(blockCount + 1);
  }

  /** Byte ranges `[from, to)` of the window that differ from the parent. */
  async rangesOf(window: DigestedWindow): Promise<(readonly [number, number])[]> {
    const expected = this.#digests.subarray(0, window.digests.length);
    const count = await this.#parent.readInto(expected);
    if (count * DIGEST_SIZE < expected.length) {
      const blockIndex = window.offset / this.#blockSize + count;
      throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume", {
        blockIndex,
      });
    }
    const runs = this.#runs.subarray(0, this.#findRuns(window.digests, expected, this.#runs) * 2);
    const ranges: (readonly [number, number])[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const from = runs[i]! * this.#blockSize;
      const to = Math.min(from + runs[i + 1]! * this.#blockSize, window.bytes.length);
      ranges.push([from, to]);
    }
    return ranges;
  }
}
