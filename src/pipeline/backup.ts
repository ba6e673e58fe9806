/**
 * A backup: `read → digest → diff → compress → store`, with the digest table written in step and the manifest last.
 *
 *     open the digest table's object
 *     read windows, digest their blocks (onto the table), find what changed, encode it, store it as objects
 *     complete the objects, then the digest table, then the manifest: its presence means that the backup is complete
 *
 * Any failure, and cancelling, removes everything that was stored, as far as the sink still does what it is asked; a
 * later `discard` removes the rest. Not guaranteed: a volume that changes while it is read gives a backup of no single
 * moment.
 */
import type { Codec } from "../codecs/codec.js";
import { StorageError, UsageError } from "../errors.js";
import { type BackupIdentity, type ManifestObject, printManifest } from "../format/manifest.js";
import { manifestName } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { VolumeSource } from "../sources/volume.js";
import { MemoryBudget } from "./budget.js";
import { compress } from "./compress.js";
import { diff, type ParentDigests } from "./diff.js";
import { digest } from "./digest.js";
import { discard } from "./discard.js";
import { checkGeometry, type Geometry, objectSizeOf } from "./geometry.js";
import {
  concurrencyOf,
  ENCODE_LANES,
  type MemoryPlan,
  type ObjectConcurrency,
  planBackupMemory,
  poolOf,
  poolOfWhole,
  sharedNeed,
} from "./memory.js";
import { arenaSizeOf, BufferPool } from "./pool.js";
import { probeWith } from "./probe.js";
import { read } from "./read.js";
import { Run, type RunOptions } from "./run.js";
import type { Runtime } from "./runtime.js";
import { ObjectLedger, store } from "./store.js";
import { TableObject } from "./table-object.js";

export interface BackupOptions extends Geometry, ObjectConcurrency, RunOptions {
  /** Must exist. */
  readonly container: string;
  readonly prefix: string;
  readonly identity: BackupIdentity;
  /** `null` for a full backup. */
  readonly parentId: string | null;
  /** The parent's digest table, of the same block size and no fewer blocks; `undefined` for a full backup. */
  readonly parent: ParentDigests | undefined;
  /** Volume metadata as JSON text, kept in the manifest. */
  readonly volumeMetadata: string | null;
  /** `undefined` stores plain bytes. */
  readonly codec: Codec | undefined;
}

export interface BackupResult {
  readonly objects: readonly ManifestObject[];
  /** Bytes of all objects as stored, manifest and digest table included. */
  readonly storedSize: number;
  /** SHA-256 of the stored manifest and digest table, hexadecimal. */
  readonly manifestSha256: string;
  readonly digestTableSha256: string;
  readonly memory: MemoryPlan;
  /** The most of the plan's buffers that were in use at once. */
  readonly buffersInUseMax: number;
  /** The most bytes that were held at once of what the plan accounts for; never more than its `accounted`. */
  readonly accountedPeak: number;
}

/** Backs up `source` into `sink`. @throws UsageError for sizes that do not fit; what the source or the sink throws */
export async function backup(
  source: VolumeSource,
  sink: ObjectSink,
  options: BackupOptions & { readonly runtime: Runtime },
): Promise<BackupResult> {
  checkGeometry(options);
  if (source.size === 0) throw new UsageError("Cannot back up volume: it is empty, want at least one byte");
  const run = new Run(options);
  run.progress.bytesTotal = source.size;
  const { container, prefix } = options;
  const concurrentObjects = concurrencyOf(options);
  const ledger = new ObjectLedger(sink, { container, prefix, concurrentObjects, progress: run.progress });
  let table: TableObject | undefined;
  try {
    table = await createTable(sink, options);
    const isLengthKnown = options.parent === undefined;
    const buffers = { sinkBufferSize: sink.bufferSize, sinkBuffersMax: sink.buffersMax };
    const memory = planBackupMemory({ ...options, isLengthKnown, ...buffers });
    const budget = new MemoryBudget(memory.accounted, { signal: run.signal });
    const buffersInUseMax = await pump(source, { options, memory, budget, run, table, ledger });
    run.progress.stage = "completing";
    const digestTableSha256 = await table.complete();
    // The last moment: with the manifest the backup is complete.
    run.signal.throwIfAborted();
    const manifest = await storeManifest(sink, ledger.objects, options);
    const storedSize = run.progress.storedBytes + table.storedSize + manifest.size;
    const figures = { memory, buffersInUseMax, accountedPeak: budget.peak };
    return { objects: ledger.objects, storedSize, ...manifest, digestTableSha256, ...figures };
  } catch (error) {
    const reason = run.fail(error);
    await ledger.settle();
    await table?.abort();
    await cleanUp(sink, options, reason);
    throw reason;
  } finally {
    run.end();
  }
}

/** @throws StorageError naming both, when after the failure `reason` the objects cannot be removed either */
async function cleanUp(
  sink: ObjectSink,
  { container, prefix }: BackupOptions,
  reason: unknown,
): Promise<void> {
  try {
    await discard(sink, container, prefix);
  } catch (error) {
    const messages = [reason, error].map((failure) =>
      failure instanceof Error ? failure.message : String(failure),
    );
    throw new StorageError(`${messages[0]}; then, cannot remove what was stored: ${messages[1]}`, {
      operation: "remove",
      cause: reason,
    });
  }
}

function createTable(
  sink: ObjectSink,
  options: BackupOptions & { readonly runtime: Runtime },
): Promise<TableObject> {
  const { container, prefix, identity, blockSize, runtime } = options;
  return TableObject.create(sink, {
    container,
    prefix,
    header: { ...identity, blockSize },
    hash: runtime.hashes.sha256(),
  });
}

interface Pump {
  readonly options: BackupOptions & { readonly runtime: Runtime };
  readonly memory: MemoryPlan;
  readonly budget: MemoryBudget;
  readonly run: Run;
  readonly table: TableObject;
  readonly ledger: ObjectLedger;
}

async function pump(source: VolumeSource, work: Pump): Promise<number> {
  const { options, memory, budget, run, table, ledger } = work;
  const { blockSize, chunkSize, codec, parent, runtime } = options;
  const { progress, signal } = run;
  const { profile } = options;
  const { windowSize } = memory;
  const shape = poolOf(memory.bufferCount, windowSize, blockSize);
  // What lives as long as the run: the windows, what digests take, the sink's buffers, the codec's kernels.
  await budget.acquire(memory.read + memory.digests + memory.sink + sharedNeed(codec));
  const gathered = poolOfWhole(memory);
  const compute = await runtime.compute({ arenaSize: arenaSizeOf(shape, gathered), workSize: source.size });
  const pool = new BufferPool(compute.arena, shape, signal);
  const findRuns = compute.kernels.changedRuns.bind(compute.kernels);
  const probe = codec === undefined ? async () => false : probeWith(codec, source, chunkSize);
  // In a full backup the length of every extent is known at its start.
  const whole = codec?.whole?.(parent === undefined);
  const objectSize = objectSizeOf(options, whole?.maxInput);
  const sizes = { blockSize, chunkSize, windowSize, objectSize, volumeSize: source.size };
  const gathering = whole && { whole, pool: new BufferPool(compute.arena, gathered, signal) };

  const encoding = { codec, gathering, probe, compute, lanes: ENCODE_LANES, budget };
  const encoded = read(source, { chunkSize, windowSize, meter: profile?.stage("read") }, pool)
    .pipeThrough(digest(compute, { blockSize, table, progress, meter: profile?.stage("digest") }))
    .pipeThrough(diff({ ...sizes, parent, findRuns, progress, meter: profile?.stage("diff") }))
    .pipeThrough(compress({ ...encoding, meter: profile?.stage("compress") }));
  try {
    await run.drain(encoded, store(ledger, profile?.stage("store")));
  } finally {
    profile?.end();
    compute.close();
  }
  return pool.inUseMax;
}

async function storeManifest(
  sink: ObjectSink,
  objects: readonly ManifestObject[],
  options: BackupOptions & { readonly runtime: Runtime },
): Promise<{ size: number; manifestSha256: string }> {
  const { container, prefix, identity, parentId, volumeMetadata, runtime } = options;
  const bytes = printManifest({ ...identity, parentId, volumeMetadata, objects });
  const writer = await sink.create(container, manifestName(prefix));
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const hash = runtime.hashes.sha256();
  hash.update(bytes);
  return { size: bytes.length, manifestSha256: hash.hex() };
}
