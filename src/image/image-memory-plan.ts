/**
 * How much memory the images of a repository take together, known before the first is opened.
 *
 * Every row but `fixed` is a bound. Nothing of it depends on the size of a volume or on how many clients read. Not in the
 * plan: the manifests of the chains that are open, at under 1 KiB an object, what is on its way to clients, a window
 * or two for each, and instances that the decoders of a runtime's threads have in common.
 */

import { UsageError } from "../errors.js";
import { kernelMemoryOf } from "../kernels/arena.js";
import { arenaSizeOf } from "../pipeline/memory/pool.js";
import type { ObjectSink } from "../sinks/sink.js";
import { DIGEST_SIZE, KIB, MIB } from "../units.js";

/** Blocks that a window has digests for. */
export const WINDOW_BLOCKS_MAX = 64;
/** Digests of one page of a table: 128 MiB of a volume with blocks of 32 KiB. */
export const PAGE_DIGESTS = 4096;
/** Pages in memory: one for each place that is read at, and some. */
export const PAGES_MAX = 16;
/** Stored bytes that a decoder is given at once. */
export const INPUT_SIZE: number = 128 * KIB;

/** What the memory of images is planned from. */
export interface ImageMemoryOptions {
  /** Bytes of decoded data that are kept, verified, for reads to come. @default {67108864} */
  readonly cacheSize?: number | undefined;
  /**
   * Bytes that are decoded and verified at once: what a read of a single byte costs at least. Not less than a block.
   * @default {262144, eight blocks of the usual size}
   */
  readonly windowSize?: number | undefined;
  /** Objects that are open at once, those included that wait for a read to go on. @default {8} */
  readonly openObjectsMax?: number | undefined;
  /** Bytes that the decoders of the open objects take together. @default {67108864} */
  readonly decodersSize?: number | undefined;
}

/** Bytes that reading images takes, by what they are for. */
export interface ImageMemoryPlan {
  readonly windowSize: number;
  readonly windowCount: number;
  readonly openObjectsMax: number;
  /** For decoded windows. */
  readonly windows: number;
  /** For stored bytes on their way to decoders, and what sinks keep of the objects that are open. */
  readonly read: number;
  /** For decoders. */
  readonly decoders: number;
  /** For digests, and the kernels that compute them. */
  readonly digests: number;
  /** Sum of the rows above. */
  readonly accounted: number;
  /** For what is not counted one by one. */
  readonly fixed: number;
  readonly total: number;
}

/** As in the plans of operations. */
const FIXED_SIZE: number = 64 * MIB;
/** Fewer could not be read into while others are read from. */
const WINDOW_COUNT_MIN = 4;
/** JSON of a digest. */
const ENTRY_SIZE = 72;

/** @throws UsageError for a size or count that cannot be worked with */
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

/** Bytes of the arena that windows with their digests, and inputs, are carved from. */
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
