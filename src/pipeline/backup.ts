/**
 * A backup: `read → digest → diff → compress → store`, with the digest table written in step and the manifest last.
 *
 *     begin the digest table's object
 *     read windows, digest their blocks (onto the table), find what changed, encode it, store it as objects
 *     if asked for, decode what was encoded and compare it, before each object's end
 *     complete the objects, then the digest table, then the manifest, which may be sent earlier but becomes visible
 *     only now: its presence means that the backup is complete
 *
 * On failure or cancellation the run removes everything that it stored, as far as the sink still responds; a later
 * `discard` removes the rest. No consistency is guaranteed for a volume that changes while it is read: the backup then
 * mixes states of different moments.
 */
import { checkNotGrown } from "../chain/parent.js";
import type { Codec, Encoder } from "../codecs/codec.js";
import { ObjectExistsError, StorageError, UsageError } from "../errors.js";
import type { BackupIdentity, ManifestObject } from "../format/manifest.js";
import { digestTableName } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { ChangedRanges } from "../sources/hints/changed-ranges.js";
import type { Ranges } from "../sources/ranges.js";
import type { VolumeSource, VolumeStream } from "../sources/volume.js";
import { MemoryBudget } from "./memory/budget.js";
import {
  checkingOf,
  ENCODE_CONCURRENCY,
  type EncodedCheck,
  poolOfCheck,
  sharedNeed,
} from "./memory/encoding-memory.js";
import { type Coalescing, coalesceGapOf, type Geometry, objectSizeOf } from "./memory/geometry.js";
import {
  type BackupShape,
  concurrencyOf,
  gatheredMax,
  type MemoryPlan,
  type ObjectConcurrency,
  planBackupMemory,
  poolOf,
  poolOfWhole,
  shapeOfSink,
} from "./memory/plan.js";
import { arenaSizeOf, BufferPool } from "./memory/pool.js";
import { Run, type RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import { checkEncoded } from "./stages/check-encoded.js";
import { codingOf, compress } from "./stages/compress.js";
import { diff } from "./stages/diff.js";
import { collectors, type DigestCollector, digest } from "./stages/digest.js";
import { discard } from "./stages/discard.js";
import { holesOf } from "./stages/holes.js";
import { ManifestPut } from "./stages/manifest-put.js";
import type { ParentDigests } from "./stages/parent-digests.js";
import { type ProbeChunk, probeWith } from "./stages/probe.js";
import { read, readStream } from "./stages/read.js";
import { readerOnThreads } from "./stages/reader-on-threads.js";
import { ObjectLedger, store } from "./stages/store.js";
import { TableObject } from "./stages/table-object.js";
import { UnreadDigests } from "./stages/unread-digests.js";

/** The parent of an incremental run. */
export interface RunParent {
  readonly id: string;
  /** Its digest table, of the same block size and no fewer blocks, as `StoredTable.open` reads it. */
  readonly digests: ParentDigests;
  /** Bytes of its volume, which a stream may not exceed. @default {as many as its table has blocks for} */
  readonly volumeSize?: number | undefined;
  /** Claims of the volume's source about what changed since then, which the caller has proven. @default {none} */
  readonly changed?: ChangedRanges | undefined;
}

/** The options of a backup, all resolved; `createBackup` applies the defaults. */
export interface ResolvedBackupOptions
  extends Geometry,
    ObjectConcurrency,
    Coalescing,
    EncodedCheck,
    RunOptions {
  readonly runtime: Runtime;
  readonly container: string;
  /** Whether the run creates the container; otherwise it must exist. @default {false} */
  readonly createsContainer?: boolean | undefined;
  /** The start of the names of all its objects; `backupPrefix` makes one as the reference system does. */
  readonly prefix: string;
  readonly identity: BackupIdentity;
  /** `undefined` for a full backup. */
  readonly parent?: RunParent | undefined;
  /** Volume metadata as JSON text, kept in the manifest; a function is given the volume's size. @default {null} */
  readonly volumeMetadata?: string | null | ((volumeSize: number) => string | null) | undefined;
  /** `undefined` stores plain bytes. */
  readonly codec?: Codec | undefined;
  /**
   * Ranges that may have other bytes than zeros, by the source's statement, which the caller has checked. Holes are
   * neither read nor hashed. @default {the whole volume}
   */
  readonly data?: Ranges | undefined;
  /** `planBackupMemory` of these options, if it was already made to admit the run. @default {made at the start} */
  readonly memory?: MemoryPlan | undefined;
  /** Replaces the samples, for a source that can only be read once and in order. @default {samples of the source} */
  readonly probe?: ProbeChunk | undefined;
  /** Called with the names of all other objects, which are durable, before the manifest completes the backup. */
  readonly beforeManifest?: ((names: readonly string[]) => Promise<void>) | undefined;
  /** Checks the digests of the bytes read. @default {none: any bytes are accepted as the volume's} */
  readonly witness?: DigestWitness | undefined;
}

/** Checks a volume against known digests. An error that it throws ends the run before the manifest is stored. */
export interface DigestWitness extends DigestCollector {
  /** Called after the last digest. */
  expectEnd(): Promise<void>;
}

/** The objects of a finished backup, and the memory it used. */
export interface BackupResult {
  /** Bytes of the volume. */
  readonly volumeSize: number;
  /** In the order of the volume, as in the manifest. */
  readonly objects: readonly ManifestObject[];
  /** Bytes of all objects as stored, manifest and digest table included. */
  readonly storedSize: number;
  /** SHA-256 of the stored manifest and digest table, hexadecimal. */
  readonly manifestSha256: string;
  readonly digestTableSha256: string;
  readonly memory: MemoryPlan;
  /** The largest number of the plan's buffers in use at once. */
  readonly buffersInUseMax: number;
  /** Peak of the bytes held that the plan accounts for; never more than its `accounted`. */
  readonly accountedPeak: number;
}

/**
 * Backs up `source` into `sink`: the whole volume, or its changes since the parent. The caller closes the source.
 * @throws UsageError for sizes that do not fit each other, or an empty volume
 * @throws InvalidStateError for a stream with more bytes than its parent
 * @throws CancelledError when the signal was aborted; the stored objects are removed
 * @throws AshlarError any error of the source or the sink; the stored objects are removed
 */
export async function runBackup(
  source: VolumeSource | VolumeStream,
  sink: ObjectSink,
  options: ResolvedBackupOptions,
): Promise<BackupResult> {
  if (!isStream(source)) requireBytes(source.size);
  const memory = options.memory ?? planBackupMemory(shapeOf(source, options, sink));
  if (options.createsContainer) await sink.createContainer(options.container);
  const run = new Run(options);
  if (!isStream(source)) run.progress.bytesTotal = source.size;
  const { container, prefix } = options;
  const concurrentObjects = concurrencyOf(options);
  const { progress, cut: signal } = run;
  const ledger = new ObjectLedger(sink, { container, prefix, concurrentObjects, progress, signal });
  const table = beginTable(sink, options, signal);
  let manifest: ManifestPut | undefined;
  try {
    const budget = new MemoryBudget(memory.accounted, { signal: run.signal });
    const buffersInUseMax = await pump(source, { options, memory, budget, run, sink, table, ledger });
    const volumeSize = source.size;
    requireBytes(volumeSize);
    run.progress.stage = "completing";
    run.progress.bytesTotal = volumeSize;
    await options.witness?.expectEnd();
    manifest = beginManifest(sink, ledger.objects, { ...options, volumeSize, signal });
    const digestTableSha256 = await table.complete();
    await options.beforeManifest?.([digestTableName(prefix), ...ledger.objects.map(({ name }) => name)]);
    // The last chance to cancel: the manifest completes the backup.
    run.signal.throwIfAborted();
    await manifest.complete();
    const storedSize = run.progress.storedBytes + table.storedSize + manifest.size;
    const digests = { manifestSha256: manifest.sha256, digestTableSha256 };
    const figures = { memory, buffersInUseMax, accountedPeak: budget.peak };
    return { volumeSize, objects: ledger.objects, storedSize, ...digests, ...figures };
  } catch (error) {
    const reason = run.fail(error);
    await ledger.settle();
    await table.abort();
    await manifest?.abort();
    // Another writer has completed a backup under these names: they are its objects now.
    if (!(error instanceof ObjectExistsError)) await cleanUp(sink, options, reason);
    throw reason;
  } finally {
    run.end();
  }
}

/** Whether the volume is read once and in order, and its size is unknown before its end. */
export function isStream(source: VolumeSource | VolumeStream): source is VolumeStream {
  return "readNext" in source;
}

function requireBytes(volumeSize: number): void {
  if (volumeSize === 0) throw new UsageError("Cannot back up volume: it is empty; want at least one byte");
}

function shapeOf(
  source: VolumeSource | VolumeStream,
  options: ResolvedBackupOptions,
  sink: ObjectSink,
): BackupShape {
  const isLengthKnown = options.parent === undefined && !isStream(source);
  return { ...options, isLengthKnown, ...shapeOfSink(sink) };
}

/** @throws StorageError naming both failures, if after `reason` the objects cannot be removed either */
async function cleanUp(
  sink: ObjectSink,
  { container, prefix }: ResolvedBackupOptions,
  reason: unknown,
): Promise<void> {
  try {
    await discard(sink, container, prefix);
  } catch (error) {
    const messages = [reason, error].map((failure) =>
      failure instanceof Error ? failure.message : String(failure),
    );
    throw new StorageError(`${messages[0]}; then, cannot remove what was stored: ${messages[1]}`, {
      call: "remove",
      cause: reason,
    });
  }
}

function beginTable(
  sink: ObjectSink,
  { container, prefix, identity, blockSize, runtime }: ResolvedBackupOptions,
  signal: AbortSignal,
): TableObject {
  const header = { ...identity, blockSize };
  return new TableObject(sink, { container, prefix, header, hash: runtime.hashes.sha256(), signal });
}

function beginManifest(
  sink: ObjectSink,
  objects: readonly ManifestObject[],
  options: ResolvedBackupOptions & { readonly volumeSize: number; readonly signal: AbortSignal },
): ManifestPut {
  const { container, prefix, identity, parent, volumeMetadata: given = null, runtime, signal } = options;
  const volumeMetadata = typeof given === "function" ? given(options.volumeSize) : given;
  const manifest = { ...identity, parentId: parent?.id ?? null, volumeMetadata, objects };
  return new ManifestPut(sink, { container, prefix, manifest, hash: runtime.hashes.sha256(), signal });
}

interface Pump {
  readonly options: ResolvedBackupOptions;
  readonly memory: MemoryPlan;
  readonly budget: MemoryBudget;
  readonly run: Run;
  readonly sink: ObjectSink;
  readonly table: TableObject;
  readonly ledger: ObjectLedger;
}

/** A stream may have any size: as much work as there can be. */
const STREAM_SIZE: number = Number.MAX_SAFE_INTEGER;

async function pump(source: VolumeSource | VolumeStream, work: Pump): Promise<number> {
  const { options, memory, budget, run, sink, table, ledger } = work;
  const { blockSize, chunkSize, codec, parent, runtime } = options;
  const { progress, signal } = run;
  const { profile } = options;
  const { windowSize } = memory;
  const shape = poolOf(memory.bufferCount, windowSize, blockSize);
  const checking = checkingOf(options, memory);
  // Memory that lives as long as the run: windows, digests, the sink's buffers, the codec's kernels, the check.
  await budget.acquire(memory.read + memory.digests + memory.sink + sharedNeed(codec, checking));
  const gathered = poolOfWhole(memory);
  const checked = poolOfCheck(checking);
  const isSizeKnown = !isStream(source);
  const volumeSize = isSizeKnown ? source.size : STREAM_SIZE;
  const arenaSize = arenaSizeOf(shape, gathered, checked);
  const compute = await runtime.compute({ arenaSize, workSize: volumeSize });
  const pool = new BufferPool(compute.arena, shape, signal);
  const findRuns = compute.kernels.changedRuns.bind(compute.kernels);
  // In a full backup of a volume of known size the length of every extent is known at its start.
  const encoder = codec?.encoder(parent === undefined && isSizeKnown);
  const { witness, probe = samplesOf(source, encoder, chunkSize) } = options;
  const objectSize = objectSizeOf(
    options,
    encoder?.kind === "whole" ? gatheredMax(encoder, sink) : undefined,
  );
  const coalesceGap = coalesceGapOf(options);
  const sizes = { blockSize, chunkSize, windowSize, objectSize, coalesceGap, volumeSize, isSizeKnown };
  const gatherPool = () => new BufferPool(compute.arena, gathered, signal);
  const coding = codec && encoder && codingOf(codec, encoder, gatherPool);

  const { data } = options;
  const unread = { changed: parent?.changed, data };
  const readAndDigest = isStream(source) ? undefined : readerOnThreads(source, compute, blockSize);
  const isDeferred = readAndDigest !== undefined;
  // An incremental compares holes with its parent, and what is checked is encoded from its bytes.
  const isFull = parent === undefined && isSizeKnown && witness === undefined && !checking.isChecked;
  const { hashes } = runtime;
  const holes = isFull ? holesOf({ ...sizes, data, coding, compute, hashes, table, progress }) : undefined;
  const reading = {
    ...{ chunkSize, windowSize, ...unread, holes: holes?.layout, isDeferred, progress },
    meter: profile?.stage("read"),
  };
  const checkSize = (size: number): void => checkNotGrown(parent?.volumeSize ?? STREAM_SIZE, size);
  const windows = isStream(source)
    ? readStream(source, { ...reading, checkSize, signal }, pool)
    : read(source, reading, pool);
  const encoding = { coding, probe, compute, concurrency: ENCODE_CONCURRENCY, budget, holes: holes?.encoder };
  const encoded = windows
    .pipeThrough(
      digest(compute, {
        blockSize,
        table: collectors(table, witness),
        readAndDigest,
        unread: parent?.changed && new UnreadDigests(parent.digests, table, blockSize),
        holes: holes?.entries,
        progress,
        meter: profile?.stage("digest"),
      }),
    )
    .pipeThrough(
      diff({
        ...sizes,
        ...{ parent: parent?.digests, holes: holes?.layout, findRuns, progress },
        meter: profile?.stage("diff"),
      }),
    )
    .pipeThrough(compress({ ...encoding, meter: profile?.stage("compress") }));
  const checkPool = new BufferPool(compute.arena, checked, signal);
  const storable =
    codec === undefined || !checking.isChecked
      ? encoded
      : encoded.pipeThrough(
          checkEncoded({ ...checking, codec, compute, pool: checkPool, meter: profile?.stage("check") }),
        );
  try {
    await run.drain(storable, store(ledger, profile?.stage("store")));
  } finally {
    profile?.end();
    compute.close();
  }
  return pool.inUseMax;
}

/** A stream has no samples: an attempt to encode its chunks costs time only, storing them as they are costs room. */
function samplesOf(
  source: VolumeSource | VolumeStream,
  encoder: Encoder | undefined,
  chunkSize: number,
): ProbeChunk {
  if (isStream(source)) return async () => true;
  return encoder?.kind === "pieces" ? probeWith(encoder, source, chunkSize) : async () => false;
}
