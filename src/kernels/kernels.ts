/**
 * The kernels: WebAssembly functions over ranges of one fixed memory, wrapped so that arguments may lie anywhere.
 *
 * Bytes in the kernels' own memory (`allocate`) are processed in place; other bytes are copied through a staging area
 * in pieces. Results are written to the caller's buffers, and no view of the staging area is returned.
 *
 * An instance is not reentrant and belongs to one thread. It keeps no state between calls.
 */
import { UsageError } from "../errors.js";
import { countOf, DIGEST_SIZE, KIB } from "../units.js";
import { countBlocks } from "./blocks.js";
import {
  KernelMemory,
  RESULTS_OFFSET,
  RESULTS_SIZE,
  SCRATCH_OFFSET,
  STAGING_OFFSET,
  STAGING_SIZE,
} from "./kernel-memory.js";
import { chooseFlavour, compileKernels, type KernelExports, type KernelFlavour } from "./module.js";

/** Options of `loadKernels`. */
export interface KernelOptions {
  /** Bytes available to `allocate` in total, including alignment to 64 bytes. */
  readonly memorySize: number;
  /** @default {"auto"} */
  readonly simd?: boolean | "auto";
}

/** Digests per comparison: their runs fit the results even if every other digest differs. */
const COMPARE_COUNT = RESULTS_SIZE / 8;
const PARENT_OFFSET = STAGING_OFFSET + COMPARE_COUNT * DIGEST_SIZE;

/** The first copy of a zero scan: most ranges that are not zero have an early nonzero byte. */
const SCAN_SIZE_MIN = 256;
const SCAN_SIZE_MAX: number = 64 * KIB;

/** One instance of the WebAssembly kernels, with memory for windows. */
export class Kernels {
  readonly flavour: KernelFlavour;
  readonly #memory: KernelMemory;
  readonly #exports: KernelExports;

  /** Use `loadKernels`. */
  constructor(flavour: KernelFlavour, module: WebAssembly.Module, memory: KernelMemory) {
    const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
    this.flavour = flavour;
    this.#memory = memory;
    this.#exports = instance.exports as KernelExports;
    this.#exports.setScratch(SCRATCH_OFFSET);
  }

  /**
   * Allocates `size` bytes of the kernels' memory, zeroed and aligned to 64 bytes, for the lifetime of the kernels.
   * @throws UsageError when fewer are left
   */
  allocate(size: number): Uint8Array<ArrayBuffer> {
    return this.#memory.allocate(size);
  }

  /**
   * SHA-256 of every block of `window`, see `DigestEngine.digestInto`. Full speed if eight blocks fit the staging
   * area (128 KiB each) or the window lies in the kernels' memory.
   * @throws UsageError when `blockSize` is not from 1 to 2^32 − 1 or `digests` is too short
   */
  digestInto(window: Uint8Array, blockSize: number, digests: Uint8Array): number {
    const count = countBlocks(window, blockSize, digests);
    const pieceCount = this.#digestPieceCount(window, blockSize, digests);
    let zeroCount = 0;
    for (let index = 0; index < count; index += pieceCount) {
      const end = index + pieceCount;
      const blocks = window.subarray(index * blockSize, end * blockSize);
      zeroCount += this.#digestPiece(
        blocks,
        blockSize,
        digests.subarray(index * DIGEST_SIZE, end * DIGEST_SIZE),
      );
    }
    return zeroCount;
  }

  /** Blocks per call, bounded by the staging area and the results; a multiple of eight lanes where possible. */
  #digestPieceCount(window: Uint8Array, blockSize: number, digests: Uint8Array): number {
    const byInput = this.#isInside(window) ? Infinity : Math.max(1, Math.floor(STAGING_SIZE / blockSize));
    const byOutput = this.#isInside(digests) ? Infinity : RESULTS_SIZE / DIGEST_SIZE;
    const count = Math.min(byInput, byOutput, countOf(window.length, blockSize));
    return count > 8 ? count - (count % 8) : Math.max(1, count);
  }

  #digestPiece(blocks: Uint8Array, blockSize: number, digests: Uint8Array): number {
    const output = this.#memory.pointerOf(digests) ?? RESULTS_OFFSET;
    const zeroCount =
      this.#isInside(blocks) || blocks.length <= STAGING_SIZE
        ? this.#exports.digestBlocks(this.#input(blocks), blocks.length, blockSize, output) >>> 0
        : this.#digestLarge(blocks, output);
    if (output === RESULTS_OFFSET) this.#copyOut(digests, countOf(blocks.length, blockSize) * DIGEST_SIZE);
    return zeroCount;
  }

  /** Digests one block that is larger than the staging area. Returns 1 if it is zero, otherwise 0. */
  #digestLarge(block: Uint8Array, output: number): number {
    const { digestStart, digestUpdate, digestFinish } = this.#exports;
    let zero = true;
    digestStart();
    for (let offset = 0; ; offset += STAGING_SIZE) {
      const piece = block.subarray(offset, offset + STAGING_SIZE);
      const input = this.#input(piece);
      zero &&= this.#exports.isZero(input, piece.length) !== 0;
      const wholeLength = piece.length - (piece.length % 64);
      digestUpdate(input, wholeLength);
      if (offset + piece.length === block.length) {
        digestFinish(input + wholeLength, block.length, output);
        return zero ? 1 : 0;
      }
    }
  }

  /** Whether all `bytes` are zero; true if there are none. */
  isZero(bytes: Uint8Array): boolean {
    const pointer = this.#memory.pointerOf(bytes);
    if (pointer !== undefined) return this.#exports.isZero(pointer, bytes.length) !== 0;
    let size = SCAN_SIZE_MIN;
    let offset = 0;
    while (offset < bytes.length) {
      const piece = bytes.subarray(offset, offset + size);
      if (this.#exports.isZero(this.#input(piece), piece.length) === 0) return false;
      offset += size;
      size = Math.min(2 * size, SCAN_SIZE_MAX);
    }
    return true;
  }

  /**
   * Compares two digest tables of equal length. Writes the maximal runs of blocks that differ to `runs`, as pairs:
   * index of the first block, number of blocks.
   *
   * @returns the number of runs
   * @throws UsageError when the tables differ in length or `runs` has no room for a run at every other block
   */
  changedRuns(current: Uint8Array, parent: Uint8Array, runs: Uint32Array): number {
    if (current.length !== parent.length || current.length % DIGEST_SIZE !== 0) {
      throw new UsageError(
        `Cannot compare digest tables of ${current.length} and ${parent.length} bytes: ` +
          `want one length, a multiple of ${DIGEST_SIZE}`,
      );
    }
    const count = current.length / DIGEST_SIZE;
    const runsLength = 2 * Math.ceil(count / 2);
    if (runs.length < runsLength) {
      throw new UsageError(
        `Cannot write the runs of ${count} blocks to an array of length ${runs.length}: want ${runsLength}`,
      );
    }
    let found = 0;
    for (let first = 0; first < count; first += COMPARE_COUNT) {
      const range = [first * DIGEST_SIZE, (first + COMPARE_COUNT) * DIGEST_SIZE] as const;
      const pieceFound = this.#compare(current.subarray(...range), parent.subarray(...range));
      found = this.#appendRuns(runs, found, first, pieceFound);
    }
    return found;
  }

  #compare(current: Uint8Array, parent: Uint8Array): number {
    const currentAt = this.#input(current);
    const parentAt = this.#input(parent, PARENT_OFFSET);
    return this.#exports.changedRuns(currentAt, parentAt, current.length / DIGEST_SIZE, RESULTS_OFFSET) >>> 0;
  }

  /** Appends a piece's runs to the `found` runs so far; joins a run that continues the last. */
  #appendRuns(runs: Uint32Array, found: number, first: number, pieceFound: number): number {
    const pieceRuns = new Uint32Array(this.#memory.memory.buffer, RESULTS_OFFSET, 2 * pieceFound);
    for (let i = 0; i < pieceRuns.length; i += 2) {
      const start = first + pieceRuns[i]!;
      const last = 2 * (found - 1);
      if (found > 0 && runs[last]! + runs[last + 1]! === start) {
        runs[last + 1] = runs[last + 1]! + pieceRuns[i + 1]!;
      } else {
        runs[2 * found] = start;
        runs[2 * found + 1] = pieceRuns[i + 1]!;
        found++;
      }
    }
    return found;
  }

  /** Adler-32 (RFC 1950) of `bytes`, continued from the checksum `seed`. The checksum of no bytes is 1. */
  adler32(bytes: Uint8Array, seed = 1): number {
    const pieceSize = this.#isInside(bytes) ? bytes.length : STAGING_SIZE;
    let checksum = seed;
    for (let offset = 0; offset < bytes.length; offset += pieceSize) {
      const piece = bytes.subarray(offset, offset + pieceSize);
      checksum = this.#exports.adler32(this.#input(piece), piece.length, checksum) >>> 0;
    }
    return checksum;
  }

  #isInside(bytes: Uint8Array): boolean {
    return this.#memory.pointerOf(bytes) !== undefined;
  }

  /** The address of `bytes` for the kernels: in place, or copied to `staging`. */
  #input(bytes: Uint8Array, staging: number = STAGING_OFFSET): number {
    const pointer = this.#memory.pointerOf(bytes);
    if (pointer !== undefined) return pointer;
    this.#memory.bytes.set(bytes, staging);
    return staging;
  }

  #copyOut(target: Uint8Array, length: number): void {
    target.set(this.#memory.bytes.subarray(RESULTS_OFFSET, RESULTS_OFFSET + length));
  }
}

/**
 * Loads the kernels with their own memory.
 * @throws UsageError for an impossible memory size, or when SIMD is required and the runtime has none
 */
export async function loadKernels(options: KernelOptions): Promise<Kernels> {
  const flavour = chooseFlavour(options.simd ?? "auto");
  const memory = new KernelMemory(options.memorySize);
  return new Kernels(flavour, await compileKernels(flavour), memory);
}
