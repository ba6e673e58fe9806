/**
 * The fixed memory of one kernel instance:
 *
 *   0          static data
 *   SCRATCH    the kernels' working state
 *   STAGING    copies of input from outside buffers
 *   RESULTS    digests and runs, before they are copied out
 *   ARENA      the caller's `memorySize` bytes, allocated by `allocate`
 *
 * The memory never grows, because growing detaches all existing views.
 */
import { UsageError } from "../errors.js";
import { KIB, MIB } from "../units.js";

const PAGE_SIZE = 64 * KIB;
/** One page short of 4 GiB, so that the end of a range never wraps to 0 in 32 bits. */
const PAGE_COUNT_MAX = 65535;
/** A cache line, and a multiple of every vector size. */
const ALIGNMENT = 64;

export const SCRATCH_OFFSET: number = 4 * KIB;
export const STAGING_OFFSET: number = 16 * KIB;
/**
 * Room for eight blocks of 128 KiB, so that the lanes are full up to that block size. Larger pieces gain nothing:
 * 1023 MB/s with copies of 256 KiB, 1003 with 1 MiB, 996 with 8 MiB.
 */
export const STAGING_SIZE: number = MIB;
export const RESULTS_OFFSET: number = STAGING_OFFSET + STAGING_SIZE;
export const RESULTS_SIZE: number = 32 * KIB;
const ARENA_OFFSET = RESULTS_OFFSET + RESULTS_SIZE;

/** The largest `memorySize`. */
export const MEMORY_SIZE_MAX: number = PAGE_COUNT_MAX * PAGE_SIZE - ARENA_OFFSET;

/** Bytes of the whole memory of kernels loaded with this `memorySize`. */
export function kernelMemoryOf(memorySize: number): number {
  return Math.ceil((ARENA_OFFSET + memorySize) / PAGE_SIZE) * PAGE_SIZE;
}

export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #size: number;
  #used = 0;

  /**
   * @throws UsageError when `memorySize` is not a whole number from 0 to `MEMORY_SIZE_MAX`
   * @throws RangeError from the runtime when it cannot allocate the memory
   */
  constructor(memorySize: number) {
    if (!Number.isInteger(memorySize) || memorySize < 0 || memorySize > MEMORY_SIZE_MAX) {
      throw new UsageError(
        `Cannot load kernels with memorySize ${memorySize}: it must be a whole number from 0 to ${MEMORY_SIZE_MAX}`,
      );
    }
    const pageCount = kernelMemoryOf(memorySize) / PAGE_SIZE;
    this.memory = new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.#size = memorySize;
  }

  /** Allocates `size` bytes, zeroed and aligned to 64. They cannot be freed. */
  allocate(size: number): Uint8Array<ArrayBuffer> {
    const offset = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
    if (!Number.isInteger(size) || size < 0 || offset + size > this.#size) {
      throw new UsageError(
        `Cannot allocate ${size} bytes of kernel memory: ${Math.max(0, this.#size - offset)} of ${this.#size} are left`,
      );
    }
    this.#used = offset + size;
    return new Uint8Array(this.memory.buffer, ARENA_OFFSET + offset, size);
  }

  /** The address of `bytes`, or `undefined` when they lie outside this memory. */
  pointerOf(bytes: Uint8Array | Uint32Array): number | undefined {
    return bytes.buffer === this.memory.buffer ? bytes.byteOffset : undefined;
  }
}
