/**
 * diff: finds the pieces of each window that must be stored, and groups them into extents.
 *
 * Without a parent everything is stored, and each chunk is one extent. With a parent, every maximal run of blocks whose
 * digests differ from the parent's is stored, and `extent-grouping.ts` decides which runs become one extent. An extent
 * that would exceed the object size continues as another extent, from a window's beginning. A hole that was left out is
 * an extent of its own.
 */
import { IntegrityError } from "../../errors.js";
import { TransformStream } from "../../streams.js";
import { countOf, DIGEST_SIZE } from "../../units.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import { type ByteRange, ExtentGrouping, type GroupingOptions } from "./extent-grouping.js";
import type { ParentDigests } from "./parent-digests.js";
import type { DigestedWindow, ExtentPiece, HoleExtent } from "./window.js";

/** Finds the maximal runs of unequal digests, as pairs (first block, count). Returns the number of runs. */
export type FindRuns = (current: Uint8Array, parent: Uint8Array, runs: Uint32Array) => number;

/** Options of `diff`. */
export interface DiffOptions extends Omit<GroupingOptions, "isFull"> {
  readonly windowSize: number;
  /** Whether `volumeSize` is the volume's size. @default {true} */
  readonly isSizeKnown?: boolean | undefined;
  readonly parent: ParentDigests | undefined;
  readonly findRuns: FindRuns;
  readonly progress: Progress;
  readonly meter?: StageMeter | undefined;
}

/**
 * The stage that finds changes: digested windows in, the changed pieces of extents out, and holes between them.
 * It releases the lease of each window and takes one for each piece.
 * @throws IntegrityError when the parent's table is damaged or has too many digests
 */
export function diff(options: DiffOptions): TransformStream<DigestedWindow, ExtentPiece | HoleExtent> {
  const { parent, progress, meter, holes, isSizeKnown = true } = options;
  /** Byte offset in the volume up to which there are extents. */
  let next = 0;
  const grouping = new ExtentGrouping({ ...options, isFull: parent === undefined && isSizeKnown });
  const changes = parent === undefined ? undefined : new ChangeFinder(parent, options);
  return new TransformStream<DigestedWindow, ExtentPiece | HoleExtent>({
    async transform(window, controller) {
      while (holes !== undefined && next < window.offset) {
        const length = holes.lengthAt(next);
        controller.enqueue({ offset: next, length });
        next += length;
      }
      next = window.offset + window.bytes.length;
      meter?.take(window.bytes.length);
      meter?.start();
      const ranges =
        changes === undefined ? [[0, window.bytes.length] as const] : await changes.rangesOf(window);
      // Emitted bytes count as done once they are stored, held-back bytes once their fate is decided.
      let done = window.bytes.length + grouping.heldLength;
      for (const piece of grouping.add(window, ranges)) {
        meter?.give(piece.bytes.length);
        controller.enqueue(piece);
        done -= piece.bytes.length;
      }
      window.buffer.release();
      meter?.end();
      progress.bytesDone += done - grouping.heldLength;
    },
    async flush() {
      progress.bytesDone += grouping.heldLength;
      grouping.finish();
      await parent?.countAll();
    },
  });
}

/** Compares windows with the parent's digest table, which it reads in step with them. */
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
  async rangesOf(window: DigestedWindow): Promise<ByteRange[]> {
    const expected = window.parentDigests ?? (await this.#nextDigests(window));
    const runs = this.#runs.subarray(0, this.#findRuns(window.digests, expected, this.#runs) * 2);
    const ranges: ByteRange[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const from = runs[i]! * this.#blockSize;
      const to = Math.min(from + runs[i + 1]! * this.#blockSize, window.bytes.length);
      ranges.push([from, to]);
    }
    return ranges;
  }

  async #nextDigests(window: DigestedWindow): Promise<Uint8Array> {
    const expected = this.#digests.subarray(0, window.digests.length);
    const count = await this.#parent.readInto(expected);
    if (count * DIGEST_SIZE === expected.length) return expected;
    const blockIndex = window.offset / this.#blockSize + count;
    throw new IntegrityError("Cannot use the parent's digest table: it ends before the volume", {
      blockIndex,
    });
  }
}
