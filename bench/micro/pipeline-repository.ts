/** Backups and restores of files within this process, for benchmarks of the pipeline itself. */
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import { StoredTable } from "../../src/chain/stored-table.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { type BackupResult, runBackup } from "../../src/pipeline/backup.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { discard } from "../../src/pipeline/stages/discard.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { openFileSource, openFileTarget } from "../../src/sources/file.js";

const CONTAINER = "bench";
const VOLUME_ID = "11111111-2222-4333-8444-555555555555";
const BLOCK_SIZE = 32_768;

export interface BackupSettings {
  readonly codec: CodecId;
  /** Bytes. */
  readonly chunkSize: number;
  readonly coalesceGap?: number;
  readonly concurrentObjects?: number;
}

export class BenchRepository {
  readonly #runtime: Runtime;
  readonly #sink: ObjectSink;
  /** Oldest first. */
  readonly #chain: StoredBackup[] = [];

  static async create(runtime: Runtime, sink: ObjectSink): Promise<BenchRepository> {
    await sink.createContainer(CONTAINER);
    return new BenchRepository(runtime, sink);
  }

  private constructor(runtime: Runtime, sink: ObjectSink) {
    this.#runtime = runtime;
    this.#sink = sink;
  }

  /** On top of what there is. */
  async backup(volume: string, { codec, ...settings }: BackupSettings): Promise<BackupResult> {
    const number = this.#chain.length + 1;
    const parent = this.#chain.at(-1);
    const backupId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    const place = { sink: this.#sink, container: CONTAINER, prefix: `backup_${number}` };
    const table = parent && (await StoredTable.open(parent, this.#runtime.hashes));
    const source = await openFileSource(nodeFileSystem, volume);
    try {
      const names = { backupName: null, backupDescription: null, createdAt: "2026-01-02 03:04:05+00:00" };
      const result = await runBackup(source, this.#sink, {
        ...place,
        ...settings,
        blockSize: BLOCK_SIZE,
        identity: { ...names, backupId, volumeId: VOLUME_ID },
        parent: parent && table && { id: parent.backupId, digests: table },
        volumeMetadata: null,
        codec: codec === "none" ? undefined : this.#runtime.codecs.get(codec),
        runtime: this.#runtime,
      });
      this.#chain.push({ ...place, backupId, volumeId: VOLUME_ID });
      return result;
    } finally {
      await source.close();
      await table?.close();
    }
  }

  /** Restores the latest backup into a new file. */
  async restore(path: string, concurrentObjects?: number): Promise<void> {
    const chain = await openChain(this.#chain, this.#runtime.hashes);
    const target = await openFileTarget(nodeFileSystem, path, { size: chain.plan.volumeSize, create: true });
    try {
      await restoreBackup(chain, target, { runtime: this.#runtime, concurrentObjects });
    } finally {
      await target.close();
    }
  }

  /** Removes the latest backup. */
  async forget(): Promise<void> {
    const last = this.#chain.pop();
    if (last !== undefined) await discard(this.#sink, CONTAINER, last.prefix);
  }
}

export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}
