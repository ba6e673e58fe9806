/** The memory of reading a chain in order, for a consolidation or a stream. */
import type { Chain } from "../../chain/chain.js";
import { openObjectsMax } from "../../chain/open-objects.js";
import type { Codecs } from "../../codecs/codec.js";
import { DIGEST_SIZE } from "../../units.js";
import { windowSizeOf } from "./geometry.js";
import { computeMemoryOf, decodersNeed, poolOf } from "./plan.js";
import { arenaSizeOf, type PoolOptions } from "./pool.js";
import { shapeOfRestore } from "./restore-shape.js";

/** Buffers of each of an open object's two pools: one piece that is being decoded or taken, and the next. */
const SLOT_BUFFERS = 2;

/** The plan of reading a chain in order, and its memory in bytes. */
export interface ReadingPlan {
  readonly slotCount: number;
  readonly aheadCount: number;
  /** Shape of each of an open object's two pools. */
  readonly buffers: PoolOptions;
  readonly arenaSize: number;
  readonly encodedLengthMax: number;
  /** Bytes for stored data, decoded data, decoders, the sink's readers, and the expected digests. */
  readonly read: number;
  readonly work: number;
  readonly codec: number;
  readonly sink: number;
  readonly digests: number;
  /** The part of `codec` that decoders hold while they are open. */
  readonly decoders: number;
}

export function planReading(chain: Chain, codecs: Codecs, concurrency: number): ReadingPlan {
  const { blockSize, encodedLengthMax, codecs: needed, sinkBufferSize = 0 } = shapeOfRestore(chain, codecs);
  const { objects } = chain.plan;
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const aheadCount = concurrency - 1;
  const slotCount = Math.min(openObjectsMax(objects) + aheadCount, objects.length);
  const buffers = { ...poolOf(SLOT_BUFFERS, windowSize, blockSize), blockCount: 0 };
  const size = slotCount * SLOT_BUFFERS * windowSize;
  const arenaSize = arenaSizeOf(...Array.from({ length: 2 * slotCount }, () => buffers));
  const largest = Math.max(0, ...needed.map(({ memory }) => memory.decoder(windowSize, encodedLengthMax)));
  const decoders = slotCount * largest;
  return {
    slotCount,
    aheadCount,
    buffers,
    arenaSize,
    encodedLengthMax,
    read: size,
    work: size,
    codec: decodersNeed(needed, encodedLengthMax) + decoders,
    sink: (slotCount + 1) * sinkBufferSize,
    digests: computeMemoryOf(arenaSize) - 2 * size + expectedSize(windowSize, blockSize),
    decoders,
  };
}

/** Bytes of the digests of one window; they are compared one window at a time. */
function expectedSize(windowSize: number, blockSize: number): number {
  return poolOf(1, windowSize, blockSize).blockCount * DIGEST_SIZE;
}
