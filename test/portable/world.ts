/** Backs up byte arrays and restores them, so that a test can say what was in a volume and what came back. */
import { type Chain, openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import { StoredTable } from "../../src/chain/stored-table.js";
import type { CodecId } from "../../src/codecs/codec.js";
import type { BackupIdentity } from "../../src/format/manifest.js";
import { type BackupResult, runBackup } from "../../src/pipeline/backup.js";
import { type RestoreOptions, restoreBackup, verifyBackup } from "../../src/pipeline/restore.js";
import type { RestoreResult } from "../../src/pipeline/run/restore-result.js";
import type { RunOptions } from "../../src/pipeline/run/run.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import type { ChangedRanges } from "../../src/sources/hints/changed-ranges.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import type { Ranges } from "../../src/sources/ranges.js";
import type { VolumeSource, VolumeTarget } from "../../src/sources/volume.js";

export { firstDifference } from "../../src/testing/check.js";

export const CONTAINER = "box";
export const VOLUME_ID = "11111111-2222-4333-8444-555555555555";
/** What a dirty target holds before the restore. */
export const DIRT = 0xa5;

export interface WorldOptions {
  readonly runtime: Runtime;
  readonly blockSize: number;
  readonly chunkSize: number;
  /** May be exchanged between one call and the next. @default {"none"} */
  codec?: CodecId;
  readonly sink?: ObjectSink;
  /** May be exchanged between one call and the next. */
  concurrentObjects?: number;
  /** The same. @default {0} */
  coalesceGap?: number;
  /** The same. @default {false} */
  checkEncoded?: boolean;
}

export interface BackupRequest extends RunOptions {
  readonly incremental?: boolean;
  readonly source?: VolumeSource;
  /** Hints: all that may have changed since the newest point. */
  readonly changed?: ChangedRanges;
  /** All that may be other than zeros. */
  readonly data?: Ranges;
}

interface StoredPoint {
  readonly stored: StoredBackup;
  readonly parent: number | undefined;
  readonly result: BackupResult;
}

/** A sink with the backups of one volume; points are counted from 0 in the order in which they were made. */
export class World {
  readonly options: WorldOptions;
  readonly sink: ObjectSink;
  /** May be exchanged between one call and the next. */
  runtime: Runtime;
  readonly points: StoredPoint[] = [];
  #nextId = 0;

  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await world.sink.createContainer(CONTAINER);
    return world;
  }

  constructor(options: WorldOptions) {
    this.options = options;
    this.runtime = options.runtime;
    this.sink = options.sink ?? new MemorySink();
  }

  /** Backs up `bytes`, on top of the newest point when it is to be incremental. */
  async backup(bytes: Uint8Array, request: BackupRequest = {}): Promise<BackupResult> {
    const { runtime } = this;
    const { blockSize, chunkSize, codec = "none" } = this.options;
    const { incremental = false, source = new MemorySource(bytes), changed, data, ...run } = request;
    const parent = incremental ? this.points.length - 1 : undefined;
    const parentBackup = parent === undefined ? undefined : this.points[parent]!.stored;
    const identity = identityOf(++this.#nextId);
    const prefix = `volume_${this.#nextId}`;
    const table = parentBackup && (await StoredTable.open(parentBackup, runtime.hashes));
    try {
      const result = await runBackup(source, this.sink, {
        ...run,
        container: CONTAINER,
        prefix,
        identity,
        parent: parentBackup &&
          table && {
            id: parentBackup.backupId,
            digests: table,
            changed,
          },
        volumeMetadata: null,
        data,
        codec: codec === "none" ? undefined : runtime.codecs.get(codec),
        blockSize,
        chunkSize,
        concurrentObjects: this.options.concurrentObjects,
        coalesceGap: this.options.coalesceGap ?? 0,
        checkEncoded: this.options.checkEncoded,
        runtime,
      });
      const { manifestSha256, digestTableSha256 } = result;
      const location = { sink: this.sink, container: CONTAINER, prefix, backupId: identity.backupId };
      this.points.push({
        stored: { ...location, volumeId: VOLUME_ID, manifestSha256, digestTableSha256 },
        parent,
        result,
      });
      return result;
    } finally {
      await table?.close();
    }
  }

  /** The chain of `point`, oldest first, as the catalog would know it. */
  storedChain(point: number): StoredBackup[] {
    const { stored, parent } = this.points[point]!;
    return [...(parent === undefined ? [] : this.storedChain(parent)), stored];
  }

  openChain(point: number): Promise<Chain> {
    return openChain(this.storedChain(point), this.runtime.hashes);
  }

  /** Restores `point` to `target`, or verifies it. */
  async restore(
    point: number,
    target: VolumeTarget | undefined,
    run: Omit<RestoreOptions, "runtime" | "concurrentObjects"> = {},
  ): Promise<RestoreResult> {
    const chain = await this.openChain(point);
    const options = {
      ...run,
      concurrentObjects: this.options.concurrentObjects,
      runtime: this.runtime,
    };
    return target === undefined
      ? await verifyBackup(chain, options)
      : await restoreBackup(chain, target, options);
  }

  /** What a new volume of `size` bytes holds after the restore of `point`. */
  async restoredNew(point: number, size: number): Promise<Uint8Array> {
    const target = new MemoryTarget({ size });
    await this.restore(point, target);
    return target.bytes;
  }

  /** The same of a volume that was full of `DIRT`. */
  async restoredDirty(point: number, size: number): Promise<Uint8Array> {
    const target = dirtyTarget(size);
    await this.restore(point, target);
    return target.bytes;
  }

  /** Names of all that is stored, sorted. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.sink.list(CONTAINER, "")) names.push(name);
    return names.sort();
  }
}

export function identityOf(number: number): BackupIdentity {
  return {
    backupId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    volumeId: VOLUME_ID,
    backupName: "nightly",
    backupDescription: null,
    createdAt: "2026-01-02 03:04:05+00:00",
  };
}

export function dirtyTarget(size: number): MemoryTarget {
  return new MemoryTarget({ bytes: new Uint8Array(size).fill(DIRT) });
}

/** Reads a whole stored object. */
export async function readObject(sink: ObjectSink, name: string): Promise<Uint8Array> {
  const reader = await sink.open(CONTAINER, name);
  const bytes = new Uint8Array(reader.size);
  await reader.readInto(bytes);
  await reader.close();
  return bytes;
}

/** Puts a whole object in place of what is there. */
export async function writeObject(sink: ObjectSink, name: string, bytes: Uint8Array): Promise<void> {
  const writer = await sink.create(CONTAINER, name);
  await writer.write(bytes);
  await writer.close();
}
