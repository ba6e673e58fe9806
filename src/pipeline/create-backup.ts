/**
 * A backup with defaults: options that the caller omits have the reference system's values.
 *
 *     const runtime = await portableRuntime();
 *     const { id } = await createBackup(source, sink, { runtime, volumeId: "data", name: "Monday" });
 */
import { checkParentFits, type ParentBackup } from "../chain/parent.js";
import type { CodecId } from "../codecs/codec.js";
import { UsageError } from "../errors.js";
import { formatCreatedAt } from "../format/fields.js";
import { backupPrefix, DEFAULT_AVAILABILITY_ZONE, defaultContainer } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { Ranges } from "../sources/ranges.js";
import type { VolumeSource, VolumeStream } from "../sources/volume.js";
import { DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE, DEFAULT_STORE_OBJECT_SIZE } from "../units.js";
import {
  type BackupResult,
  isStream,
  type ResolvedBackupOptions,
  type RunParent,
  runBackup,
} from "./backup.js";
import type { EncodedCheck } from "./memory/encoding-memory.js";
import type { Coalescing, Geometry } from "./memory/geometry.js";
import type { ObjectConcurrency } from "./memory/plan.js";
import { codecFor } from "./run/codec-for.js";
import type { RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";

/** Options of `createBackup`. An object has whole blocks; an incremental has its parent's block size. */
export interface BackupOptions
  extends Partial<Geometry>,
    ObjectConcurrency,
    Coalescing,
    EncodedCheck,
    RunOptions {
  readonly runtime: Runtime;
  /** Id of the volume; all backups of a chain share it. */
  readonly volumeId: string;
  /** Ranges that may have other bytes than zeros, e.g. those of the source's `dataRanges`. @default {the whole volume} */
  readonly data?: Ranges | undefined;
  /** @default {null} */
  readonly name?: string | null | undefined;
  /** @default {null} */
  readonly description?: string | null | undefined;
  /** The backup of the same volume that this one is based on, which is closed. @default {none: a full backup} */
  readonly parent?: ParentBackup | undefined;
  /** The codec of new objects, which the runtime must have. @default {"zlib"} */
  readonly compression?: CodecId | undefined;
  /** @default {a random UUID} */
  readonly backupId?: string | undefined;
  /** @default {now} */
  readonly createdAt?: Date | undefined;
  /** The container of all its objects, created if missing. @default {the parent's, or that of the naming scheme} */
  readonly container?: string | undefined;
  /** The start of the names of all its objects. @default {the result of `backupPrefix`} */
  readonly prefix?: string | undefined;
  /** Part of the default prefix in object stores. @default {"nova"} */
  readonly availabilityZone?: string | undefined;
  /** Volume metadata as JSON text, as `printVolumeMetadata` prints it. @default {null} */
  readonly volumeMetadata?: string | null | undefined;
}

/** A finished backup, and its location. */
export interface CreatedBackup extends BackupResult {
  readonly id: string;
  readonly container: string;
  readonly prefix: string;
}

/**
 * Backs up `source` into `sink`: the whole volume, or its changes since the parent. The caller closes the source.
 * @throws UsageError for sizes that do not fit each other, an empty volume, a parent of another volume,
 *   or a codec that the runtime does not have
 * @throws InvalidStateError for a parent of another block size, or a volume that has grown since
 * @throws CancelledError when the signal was aborted; the stored objects are removed
 * @throws AshlarError any error of the source or the sink; the stored objects are removed
 */
export async function createBackup(
  source: VolumeSource | VolumeStream,
  sink: ObjectSink,
  options: BackupOptions,
): Promise<CreatedBackup> {
  try {
    const resolved = resolve(source, sink, options);
    const result = await runBackup(source, sink, resolved);
    const { container, prefix } = resolved;
    return { ...result, id: resolved.identity.backupId, container, prefix };
  } finally {
    await options.parent?.table.close();
  }
}

function resolve(
  source: VolumeSource | VolumeStream,
  sink: ObjectSink,
  options: BackupOptions,
): ResolvedBackupOptions {
  const { runtime, volumeId, name = null, description = null, compression = "zlib" } = options;
  const { backupId = crypto.randomUUID(), createdAt = new Date() } = options;
  const { availabilityZone = DEFAULT_AVAILABILITY_ZONE } = options;
  const parent = options.parent && basisOf(options.parent);
  const { blockSize = parent?.blockSize ?? DEFAULT_BLOCK_SIZE } = options;
  const { chunkSize = defaultChunkSize(sink, blockSize) } = options;
  // A stream's size is checked while it is read.
  parent?.check(isStream(source) ? 0 : source.size, { blockSize, volumeId });
  const names = { volumeId, backupId, availabilityZone, startedAt: createdAt };
  const { container = parent?.container ?? defaultContainer(sink.naming, backupId) } = options;
  const { prefix = backupPrefix(sink.naming, names) } = options;
  return {
    ...options,
    ...{ blockSize, chunkSize, container, prefix, parent },
    createsContainer: container !== parent?.container,
    codec: codecFor(compression, runtime),
    identity: {
      ...{ backupId, volumeId, backupName: name, backupDescription: description },
      createdAt: formatCreatedAt(createdAt),
    },
  };
}

interface Basis extends RunParent {
  readonly container: string;
  readonly blockSize: number;
  check(size: number, wanted: { readonly blockSize: number; readonly volumeId: string }): void;
}

function basisOf({ chain, table }: ParentBackup): Basis {
  const { backupId: id, container, volumeId } = chain.links.at(-1)!.backup;
  return {
    ...{ id, container, digests: table, volumeSize: chain.plan.volumeSize },
    blockSize: chain.plan.shape.blockSize,
    check(size, wanted) {
      checkParentFits(chain, size, wanted.blockSize);
      if (volumeId === wanted.volumeId) return;
      const reason = `it is of volume ${volumeId}`;
      throw new UsageError(`Cannot base a backup of volume ${wanted.volumeId} on backup ${id}: ${reason}`);
    },
  };
}

/** The reference system's object size for the kind of store, rounded down to whole blocks. */
function defaultChunkSize({ naming }: ObjectSink, blockSize: number): number {
  const size = naming === "flat" ? DEFAULT_FILE_SIZE : DEFAULT_STORE_OBJECT_SIZE;
  return Math.max(1, Math.floor(size / blockSize)) * blockSize;
}
