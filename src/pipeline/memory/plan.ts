/**
 * The memory of an operation, known before it starts (design: three buffers of a window, not of a chunk).
 *
 * Every row but `fixed` is a bound and not an estimate: the run acquires its allocations from a budget of their sum.
 * They do not depend on the volume's size. They depend on an object's size only if a codec takes objects whole, up to
 * the largest that it takes, and in a restore by 32 bytes for each of the object's blocks.
 * `fixed` is the runtime's overhead: compiled code, stream objects, buffers that wait for the garbage collector. Not in
 * the plan: the manifest, which is printed and parsed as a whole, at under 1 KiB an object.
 */
import { type Codec, type WholeEncoder, wholeEncoderOf, zerosMemory } from "../../codecs/codec.js";
import { UsageError } from "../../errors.js";
import { kernelMemoryOf } from "../../kernels/kernel-memory.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { countOf, DIGEST_SIZE, MIB } from "../../units.js";
import {
  checksEncoded,
  ENCODE_CONCURRENCY,
  type EncodedCheck,
  encodingRows,
  poolOfCheck,
} from "./encoding-memory.js";
import {
  type Coalescing,
  checkGeometry,
  type Geometry,
  heldWindowsMax,
  objectSizeOf,
  windowSizeOf,
} from "./geometry.js";
import { arenaSizeOf, type PoolOptions } from "./pool.js";

/** Objects stored or loaded at once: `backup_concurrent_objects`. */
export const DEFAULT_CONCURRENT_OBJECTS = 4;
/** Windows of a backup that are being read (1), digested (up to 3) or between stages (3), not yet encoded or stored. */
const WINDOWS_ON_THE_WAY = 7;
/** Windows of each of a restore's pools that are being digested (up to 3) or written (1); each open object adds one. */
const RESTORE_WINDOWS = 4;
/** Limit for the decoders of all objects together, unless a single one needs more. */
const DECODERS_SIZE: number = 64 * MIB;
/** Objects open in addition to those being stored or loaded: the digest table. */
const TABLES = 1;
/** Digests that a restore reads ahead. */
export const DIGESTS_AHEAD = 1024;
/**
 * Three threads take 8 to 11 MiB each, and V8's young generation up to 48, of which long runs use 35 unless the
 * process limits it, as the command does. The rest are dead buffers. Measured by `npm run bench:memory`, which
 * compares a process's growth with its plan.
 */
const FIXED_SIZE: number = 96 * MIB;

/** The two kinds of run; a verification is planned as a restore. */
export type Operation = "backup" | "restore";

/** Bytes of one operation, by purpose. */
export interface MemoryPlan {
  readonly operation: Operation | "consolidate" | "copy";
  /** Bytes of one window. */
  readonly windowSize: number;
  /** Buffers of the backup's pool, or of each of the restore's two. */
  readonly bufferCount: number;
  /** Number and bytes of the buffers in which a backup gathers whole objects; 0 for a codec that takes pieces. */
  readonly gatherCount: number;
  readonly gatherSize: number;
  /** For reading: windows of the volume, gathered objects and holes in a backup, stored bytes in a restore. */
  readonly read: number;
  /** For the codec's output: compressed bytes in a backup (and their check's windows), plain windows in a restore. */
  readonly work: number;
  /** For the codec's own state and temporary memory. */
  readonly codec: number;
  /** For the sink's buffers of open objects. */
  readonly sink: number;
  /** For digests, and the kernels that compute them. */
  readonly digests: number;
  /** Sum of the rows above; the run enforces it. */
  readonly accounted: number;
  /** For allocations that are not counted individually. */
  readonly fixed: number;
  /** Upper bound of the operation's memory on top of the idle process. */
  readonly total: number;
}

type Rows = Pick<MemoryPlan, "gatherCount" | "gatherSize" | "read" | "work" | "codec" | "sink" | "digests">;

/** The number of objects stored or loaded at once. */
export interface ObjectConcurrency {
  /** At least 1. @default {4} */
  readonly concurrentObjects?: number | undefined;
}

/** @throws UsageError for anything but a whole number above 0 */
export function concurrencyOf({ concurrentObjects = DEFAULT_CONCURRENT_OBJECTS }: ObjectConcurrency): number {
  if (Number.isSafeInteger(concurrentObjects) && concurrentObjects > 0) return concurrentObjects;
  throw new UsageError(`Cannot work on ${concurrentObjects} objects at once: want a whole number above 0`);
}

/** Properties of a sink that a backup's memory depends on. */
export interface SinkShape {
  /** `ObjectSink.bufferSize`. @default {0} */
  readonly sinkBufferSize?: number | undefined;
  /** `ObjectSink.buffersMax`. @default {one for each object that is open} */
  readonly sinkBuffersMax?: number | undefined;
  /** `ObjectSink.isRemote`. @default {false} */
  readonly isRemote?: boolean | undefined;
}

export function shapeOfSink({ bufferSize, buffersMax, isRemote }: ObjectSink): SinkShape {
  return { sinkBufferSize: bufferSize, sinkBuffersMax: buffersMax, isRemote };
}

/** The parameters of a backup's memory. */
export interface BackupShape extends Geometry, ObjectConcurrency, Coalescing, EncodedCheck, SinkShape {
  /** `undefined` stores plain bytes. */
  readonly codec?: Codec | undefined;
  /** Whether the length of every object is known at its start, as in a full backup. @default {true} */
  readonly isLengthKnown?: boolean | undefined;
}

/** The most plain bytes of an object gathered for `whole`. */
export function gatheredMax(whole: WholeEncoder, { isRemote = false }: Pick<SinkShape, "isRemote">): number {
  return isRemote ? (whole.maxRemoteInput ?? whole.maxInput) : whole.maxInput;
}

/**
 * The memory of a backup, bytes, which the run will not exceed.
 * @throws UsageError for sizes that do not fit each other, or an impossible concurrency
 */
export function planBackupMemory(shape: BackupShape): MemoryPlan {
  checkGeometry(shape);
  const { codec, sinkBufferSize = 0, blockSize, isLengthKnown = true } = shape;
  const windowSize = windowSizeOf(shape);
  const concurrency = concurrencyOf(shape);
  const whole = wholeEncoderOf(codec, isLengthKnown);
  const pool = poolOf(backupWindowCount(shape, whole !== undefined), windowSize, blockSize);
  const gatherSize = whole === undefined ? 0 : objectSizeOf(shape, gatheredMax(whole, shape));
  const gatherCount = whole?.concurrency ?? 0;
  const isChecked = checksEncoded(shape);
  const objectSize = whole === undefined ? shape.chunkSize : gatherSize;
  const checked = poolOfCheck({ windowSize, isChecked });
  const windows = pool.count * windowSize + gatherCount * gatherSize + checked.count * windowSize;
  const arenaSize = arenaSizeOf(pool, poolOfWhole({ gatherCount, gatherSize }), checked);
  return planOf("backup", pool, {
    gatherCount,
    gatherSize,
    read: windows + (isLengthKnown ? zerosMemory(windowSize) : 0),
    ...encodingRows(codec, { concurrency, windowSize, gatherCount, gatherSize, objectSize, isChecked }),
    sink: Math.min(concurrency + TABLES, shape.sinkBuffersMax ?? Number.POSITIVE_INFINITY) * sinkBufferSize,
    digests: computeMemoryOf(arenaSize) - windows + comparisonSize(pool.blockCount),
  });
}

/**
 * Windows of a backup's pool. A piece may wait in each object being stored, in addition to those being encoded and held
 * back for a gap.
 * @param isGathered whether pieces are copied into whole objects, so that none of them waits
 */
export function backupWindowCount(
  shape: Geometry & ObjectConcurrency & Coalescing,
  isGathered: boolean = false,
): number {
  const waiting = isGathered ? 0 : ENCODE_CONCURRENCY + concurrencyOf(shape) - 1;
  return WINDOWS_ON_THE_WAY + waiting + heldWindowsMax(shape);
}

/** The parameters of a restore's memory. */
export interface RestoreShape extends ObjectConcurrency {
  readonly blockSize: number;
  /** Plain bytes inside the volume of the largest object. */
  readonly objectLengthMax: number;
  /** Plain bytes of the largest object that a codec decodes, also beyond the volume. @default {objectLengthMax} */
  readonly encodedLengthMax?: number | undefined;
  /** The codecs of the objects. */
  readonly codecs: readonly Codec[];
  /** `ObjectSink.readBufferSize`, or `bufferSize` if it has none. @default {0} */
  readonly sinkBufferSize?: number | undefined;
}

/**
 * The memory of a restore or a verification, bytes, which the run will not exceed.
 * @throws UsageError for an impossible concurrency
 */
export function planRestoreMemory(shape: RestoreShape): MemoryPlan {
  const { blockSize, encodedLengthMax = shape.objectLengthMax, codecs, sinkBufferSize = 0 } = shape;
  const windowSize = windowSizeOf({ blockSize, chunkSize: Number.MAX_SAFE_INTEGER });
  const concurrency = concurrencyOf(shape);
  const pool = poolOf(RESTORE_WINDOWS + concurrency, windowSize, blockSize);
  const buffers = pool.count * windowSize;
  const expected = expectedDigestCount(shape) * DIGEST_SIZE;
  return planOf("restore", pool, {
    gatherCount: 0,
    gatherSize: 0,
    read: buffers,
    work: buffers,
    codec: decodingSize(codecs, concurrency, { inputMax: windowSize, plainMax: encodedLengthMax }),
    sink: (concurrency + TABLES) * sinkBufferSize,
    digests:
      computeMemoryOf(arenaSizeOf(pool, pool)) - 2 * buffers + comparisonSize(pool.blockCount) + expected,
  });
}

/** Bytes of one decoder for each concurrent object, cut to `DECODERS_SIZE`, but always room for the largest. */
function decodingSize(
  codecs: readonly Codec[],
  concurrency: number,
  { inputMax, plainMax }: { readonly inputMax: number; readonly plainMax: number },
): number {
  const shared = decodersNeed(codecs, plainMax);
  const largest = Math.max(0, ...codecs.map(({ memory }) => memory.decoder(inputMax, plainMax)));
  return shared + Math.max(largest, Math.min(concurrency * largest, DECODERS_SIZE));
}

/** Bytes that a restore holds for its codecs throughout the run. */
export function decodersNeed(codecs: readonly Codec[], plainMax: number): number {
  return codecs.reduce((sum, { memory }) => sum + memory.decodersShared(plainMax), 0);
}

/** Bytes of the volume from the start of the first unfinished object to the end of the last started one. */
export function spanOf(shape: Pick<RestoreShape, "objectLengthMax" | "concurrentObjects">): number {
  return concurrencyOf(shape) * shape.objectLengthMax;
}

/** Digests that a restore keeps at once: those of open objects, of a window that begins before, and the next ones. */
export function expectedDigestCount(shape: RestoreShape): number {
  return countOf(spanOf(shape), shape.blockSize) + 2 * DIGESTS_AHEAD;
}

/** Shape of the pool in which whole objects are gathered. */
export function poolOfWhole({
  gatherCount,
  gatherSize,
}: Pick<MemoryPlan, "gatherCount" | "gatherSize">): PoolOptions {
  return { count: gatherCount, size: gatherSize, blockCount: 0 };
}

/** Windows lie in the kernels' memory, or outside it if other threads share them. */
export function computeMemoryOf(arenaSize: number): number {
  return Math.max(kernelMemoryOf(arenaSize), kernelMemoryOf(0) + arenaSize);
}

/** Bytes of one window's expected digests, and of the runs that differ. */
function comparisonSize(blockCount: number): number {
  return blockCount * DIGEST_SIZE + (blockCount + 1) * Uint32Array.BYTES_PER_ELEMENT;
}

export function poolOf(count: number, size: number, blockSize: number): PoolOptions {
  return { count, size, blockCount: countOf(size, blockSize) };
}

/** A plan of these rows. */
export function planOf(operation: Operation, pool: PoolOptions, rows: Rows): MemoryPlan {
  const { read, work, codec, sink, digests } = rows;
  const accounted = read + work + codec + sink + digests;
  return {
    operation,
    windowSize: pool.size,
    bufferCount: pool.count,
    ...rows,
    accounted,
    fixed: FIXED_SIZE,
    total: accounted + FIXED_SIZE,
  };
}

/** Options of `planMemory`. */
export interface MemoryOptions extends BackupShape {
  readonly operation: Operation;
  /** Operations at once. @default {15} */
  readonly maxOperations?: number | undefined;
}

/** The reference system's default of `backup_max_operations`. */
export const DEFAULT_MAX_OPERATIONS = 15;
/** The reference guide's model: one chunk read, one decompressed, one being written. */
const MODEL_CHUNKS = 3;

/** A plan multiplied by the number of operations, and the reference guide's model for comparison. Bytes. */
export interface OperationsMemory {
  readonly plan: MemoryPlan;
  readonly maxOperations: number;
  readonly totalOfAll: number;
  /** Three chunks. */
  readonly model: number;
  readonly modelOfAll: number;
}

/** Memory of operations with these options. A restore is planned for objects of a backup with these options. */
export function planMemory(options: MemoryOptions): OperationsMemory {
  const { operation, codec, blockSize, chunkSize, sinkBufferSize } = options;
  const maxOperations = options.maxOperations ?? DEFAULT_MAX_OPERATIONS;
  const codecs = codec === undefined ? [] : [codec];
  const plan =
    operation === "backup"
      ? planBackupMemory(options)
      : planRestoreMemory({
          blockSize,
          objectLengthMax: chunkSize,
          codecs,
          sinkBufferSize,
          concurrentObjects: options.concurrentObjects,
        });
  const model = MODEL_CHUNKS * chunkSize;
  return {
    plan,
    maxOperations,
    totalOfAll: plan.total * maxOperations,
    model,
    modelOfAll: model * maxOperations,
  };
}
