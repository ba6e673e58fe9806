/**
 * Memory for the windows of a run, and digests of their bytes. A `Compute` is made for one run, which closes it. It
 * works inline, or on other threads that share the memory; then several windows are processed at once, and the caller
 * keeps the order.
 */
import type { DigestEngine } from "../../kernels/engine.js";
import { type Kernels, loadKernels } from "../../kernels/kernels.js";
import { wholeMd5s } from "../../kernels/whole-md5s.js";
import { zeroMd5s } from "../../kernels/zero-md5s.js";
import type { Hashes } from "../../ports.js";
import type { Arena } from "../memory/pool.js";

/** A running MD5 over bytes of the run's memory. Calls take effect in their order. */
export interface StreamMd5 {
  /** Resolves when `bytes` have been read. */
  update(bytes: Uint8Array): Promise<void>;
  updateZeros(length: number): void;
  /** 32 lower-case hexadecimal digits; the instance is spent afterwards. Rejects when an update failed. */
  hex(): Promise<string>;
}

/** Memory and digests for one run. `Runtime.compute` makes it; its caller closes it. */
export interface Compute {
  /** The memory that windows and digests must lie in. */
  readonly arena: Arena;
  /** Zero scan and digest comparison, which are too short to be worth another thread. */
  readonly kernels: Kernels;
  /** How many concurrent calls of `digest` are useful. */
  readonly concurrency: number;
  /** Like `DigestEngine.digestInto`. The arguments are read and written until the promise settles. */
  digest(window: Uint8Array, blockSize: number, digests: Uint8Array): Promise<number>;
  /**
   * Fills `window` with the bytes at `offset` of the open file with that descriptor, and digests them like `digest`, on
   * one thread, whose caches have the bytes then. `undefined` if fewer bytes came, or none: the file itself reports why
   * when it is read again.
   * @default {this compute cannot read files}
   */
  readAndDigest?(
    file: FileRange,
    window: Uint8Array,
    blockSize: number,
    digests: Uint8Array,
  ): Promise<number | undefined>;
  md5(): StreamMd5;
  /** MD5s of up to four contents, in parallel where that is faster. They are read until the promise settles. */
  md5sOf(contents: readonly Uint8Array[]): Promise<readonly string[]>;
  /** MD5s of as many zeros as each length says, in one pass over the longest. */
  zeroMd5s(lengths: readonly number[]): Promise<readonly string[]>;
  close(): void;
}

/** A place in an open file. */
export interface FileRange {
  readonly descriptor: number;
  /** Bytes. */
  readonly offset: number;
}

/** The needs of a run, for its `Compute`. */
export interface ComputeOptions {
  /** Bytes that the arena must be able to allocate. */
  readonly arenaSize: number;
  /** Bytes of the volume to process; few bytes are not worth a thread. */
  readonly workSize: number;
  /** How many MD5s are usually computed concurrently. @default {1} */
  readonly objectsAtOnce?: number | undefined;
}

/** A `Compute` on the calling thread, with the windows in the kernels' own memory. */
export async function inlineCompute(
  arenaSize: number,
  engineFor: (kernels: Kernels) => Promise<DigestEngine>,
  hashes: Hashes,
): Promise<Compute> {
  const kernels = await loadKernels({ memorySize: arenaSize });
  const engine = await engineFor(kernels);
  return {
    arena: kernels,
    kernels,
    concurrency: 1,
    digest: async (window, blockSize, digests) => engine.digestInto(window, blockSize, digests),
    md5: () => inlineMd5(hashes),
    md5sOf: (contents) => wholeMd5s(contents, hashes),
    zeroMd5s: async (lengths) => zeroMd5s(lengths, hashes),
    close: () => {},
  };
}

const ZEROS = new Uint8Array(64 * 1024);

function inlineMd5(hashes: Hashes): StreamMd5 {
  const hash = hashes.md5();
  return {
    update: async (bytes) => hash.update(bytes),
    updateZeros: (length) => {
      for (let left = length; left > 0; left -= ZEROS.length) hash.update(ZEROS.subarray(0, left));
    },
    hex: async () => hash.hex(),
  };
}
