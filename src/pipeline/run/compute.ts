/**
 * What a run computes with, made for the run and closed by it: memory for its windows, and digests of what lies in
 * them. It may work inline, or on other threads that share the memory; then several windows are processed at once, and
 * the caller keeps the order.
 */
import type { DigestEngine } from "../../kernels/engine.js";
import { type Kernels, loadKernels } from "../../kernels/kernels.js";
import { wholeMd5s } from "../../kernels/whole-md5s.js";
import type { Hashes } from "../../ports.js";
import type { Arena } from "../memory/pool.js";

/** A running MD5 over bytes of the run's memory. Calls are worked off in their order. */
export interface StreamMd5 {
  /** Resolves when `bytes` have been read. */
  update(bytes: Uint8Array): Promise<void>;
  updateZeros(length: number): void;
  /** 32 lower-case hexadecimal digits; the instance is spent afterwards. Rejects when an update failed. */
  hex(): Promise<string>;
}

/** What one run computes with; `Runtime.compute` makes it, and who had it made closes it. */
export interface Compute {
  /** Where windows and digests must lie. */
  readonly arena: Arena;
  /** Zero scan and digest compare, which are too short to be handed to another thread. */
  readonly kernels: Kernels;
  /** How many digests are worth asking for at once. */
  readonly lanes: number;
  /** As `DigestEngine.digestInto`. The arguments are read and written until the promise settles. */
  digest(window: Uint8Array, blockSize: number, digests: Uint8Array): Promise<number>;
  md5(): StreamMd5;
  /** MD5s of up to four whole contents, side by side where that is faster; read until the promise settles. */
  md5sOf(contents: readonly Uint8Array[]): Promise<readonly string[]>;
  close(): void;
}

/** What a run will need of its `Compute`. */
export interface ComputeOptions {
  /** Bytes that the arena must be able to hand out. */
  readonly arenaSize: number;
  /** Bytes of the volume there are to do: a few are not worth a thread. */
  readonly workSize: number;
  /** How many MD5s grow side by side, most of the time. @default {1} */
  readonly objectsAtOnce?: number | undefined;
}

/** On the calling thread, with the windows in the kernels' own memory. */
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
    lanes: 1,
    digest: async (window, blockSize, digests) => engine.digestInto(window, blockSize, digests),
    md5: () => inlineMd5(hashes),
    md5sOf: (contents) => wholeMd5s(contents, hashes),
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
