/**
 * The memory of all images of a repository together, known before the first is opened.
 *
 * Every row but `fixed` is a bound. None depends on the size of a volume or on the number of clients. Not in the plan:
 * the manifests of open chains, at under 1 KiB an object; bytes in transit to clients, a window or two for each; and
 * instances that the decoders of a runtime's threads share.
 */

import { UsageError } from "../errors.js";
import { kernelMemoryOf } from "../kernels/kernel-memory.js";
import { arenaSizeOf } from "../pipeline/memory/pool.js";
import type { ObjectSink } from "../sinks/sink.js";
import { DIGEST_SIZE, KIB, MIB } from "../units.js";

/** The most blocks of a window, limited by the room for their digests. */
export const WINDOW_BLOCKS_MAX = 64;
/** Digests in one page of a table: 128 MiB of a volume with blocks of 32 KiB. */
export const PAGE_DIGESTS = 4096;
/** Pages in memory: one for each position that is being read, and a few more. */
export const PAGES_MAX = 16;
/** Stored bytes in one write to a decoder. */
export const INPUT_SIZE: number = 128 * KIB;

/** Options of the memory of images. */
export interface ImageMemoryOptions {
  /** Bytes of decoded data that are kept for later reads. @default {67108864} */
  readonly cacheSize?: number | undefined;
  /**
   * Bytes decoded and digested at once: the minimum cost of a read of a single byte. At least a block.
   * @default {262144, eight blocks of the usual size}
   */
  readonly windowSize?: number | undefined;
  /** Objects open at once, including those parked for later reads. @default {8} */
  readonly openObjectsMax?: number | undefined;
  /** Bytes for the decoders of all open objects together. @default {67108864} */
  readonly decodersSize?: number | undefined;
}

/** Bytes for reading images, by purpose. */
export interface ImageMemoryPlan {
  readonly windowSize: number;
  readonly windowCount: number;
  readonly openObjectsMax: number;
  /** For decoded windows. */
  readonly windows: number;
  /** For stored bytes on their way to decoders, and the sinks' buffers of open objects. */
  readonly read: number;
  /** For decoders. */
  readonly decoders: number;
  /** For digests, and the kernels that compute them. */
  readonly digests: number;
  /** Sum of the rows above. */
  readonly accounted: number;
  /** For allocations that are not counted individually. */
  readonly fixed: number;
  readonly total: number;
}

/** Overhead of the runtime, as in the plans of operations. */
const FIXED_SIZE: number = 64 * MIB;
/** With fewer windows, all of them might be in use when one is needed to read into. */
const WINDOW_COUNT_MIN = 4;
/** Bytes of a digest's JSON. */
const ENTRY_SIZE = 72;

/** @throws UsageError for an impossible size or count */
export function planImageMemory(
  options: ImageMemoryOptions & { readonly sink?: Pick<ObjectSink, "readBufferSize"> } = {},
): ImageMemoryPlan {
  const {
    cacheSize = 64 * MIB,
    windowSize = 256 * KIB,
    openObjectsMax = 8,
    decodersSize = 64 * MIB,
  } = options;
  check("windowSize", windowSize, 1);
  check("cacheSize", cacheSize, WINDOW_COUNT_MIN * windowSize);
  check("openObjectsMax", openObjectsMax, 1);
  check("decodersSize", decodersSize, 0);
  const windowCount = Math.floor(cacheSize / windowSize);
  const windows = windowCount * windowSize;
  const inputs = openObjectsMax * INPUT_SIZE;
  const arenaSize = imageArenaSize({ windowCount, windowSize, openObjectsMax });
  const pages = PAGES_MAX * PAGE_DIGESTS * DIGEST_SIZE + PAGE_DIGESTS * ENTRY_SIZE;
  const sinkBuffer = options.sink?.readBufferSize ?? 0;
  const rows = {
    windows,
    read: inputs + (openObjectsMax + 1) * sinkBuffer,
    decoders: decodersSize,
    digests: kernelMemoryOf(arenaSize) - windows - inputs + pages,
  };
  const accounted = rows.windows + rows.read + rows.decoders + rows.digests;
  return {
    windowSize,
    windowCount,
    openObjectsMax,
    ...rows,
    accounted,
    fixed: FIXED_SIZE,
    total: accounted + FIXED_SIZE,
  };
}

/** Bytes of the arena for windows with their digests, and for inputs. */
export function imageArenaSize(
  plan: Pick<ImageMemoryPlan, "windowCount" | "windowSize" | "openObjectsMax">,
): number {
  const { windowCount, windowSize, openObjectsMax } = plan;
  return arenaSizeOf(
    { count: windowCount, size: windowSize, blockCount: WINDOW_BLOCKS_MAX },
    { count: openObjectsMax, size: INPUT_SIZE, blockCount: 0 },
  );
}

function check(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(
    `Cannot plan the memory of images: ${name} is ${value}, want a whole number from ${least} on`,
  );
}
