/**
 * One row of `bench/memory/`: some operations at once, in a process of their own, whose peak is the operating system's
 * count. `node memory-row.js SPEC`, SPEC and the printed figures being JSON.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { openChain } from "../../src/chain/chain.js";
import { StoredTable } from "../../src/chain/stored-table.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { keepYoungGenerationSmall } from "../../src/node/threads/young-generation.js";
import { runBackup } from "../../src/pipeline/backup.js";
import type { MemoryPlan } from "../../src/pipeline/memory/plan.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import { openFileSource, openFileTarget } from "../../src/sources/file.js";
import { KIB } from "../../src/units.js";

export interface RowSpec {
  /** A restore reads what a backup with the same `directory` has stored; an incremental builds upon it. */
  readonly operation: "backup" | "incremental" | "restore";
  readonly codec: CodecId;
  /** Bytes. */
  readonly chunkSize: number;
  readonly blockSize: number;
  /** Operations at once. */
  readonly concurrent: number;
  /** Path of the volume's file. */
  readonly volume: string;
  /** Where the repository and the restored volumes go. */
  readonly directory: string;
}

/** Bytes. */
export interface RowFigures {
  /** What the process had, with everything loaded, before the operations began. */
  readonly idle: number;
  /** The most that it ever had. */
  readonly peak: number;
  /** Sums over the operations. */
  readonly planned: number;
  readonly accounted: number;
  readonly accountedPeak: number;
  readonly seconds: number;
  /** Of a digest table, as stored. */
  readonly tableSize: number;
}

interface Outcome {
  readonly memory: MemoryPlan;
  readonly accountedPeak: number;
}

const CONTAINER = "bench";
const VOLUME_ID = "11111111-2222-4333-8444-555555555555";

function idOf(kind: "full" | "incremental", index: number): string {
  return `00000000-0000-4000-8000-${kind === "full" ? "0" : "1"}${String(index).padStart(11, "0")}`;
}

class Row {
  readonly #spec: RowSpec;
  readonly #runtime: Runtime;
  readonly #sink: PosixSink;

  constructor(spec: RowSpec, runtime: Runtime) {
    this.#spec = spec;
    this.#runtime = runtime;
    this.#sink = new PosixSink({ fileSystem: nodeFileSystem, root: join(spec.directory, "repository") });
  }

  async run(index: number): Promise<Outcome> {
    if (this.#spec.operation === "restore") return await this.#restore(index);
    await this.#sink.createContainer(CONTAINER);
    return await this.#backup(index);
  }

  async tableSize(): Promise<number> {
    const table = await StoredTable.open(this.#stored("full", 0), this.#runtime.hashes);
    await table.close();
    return table.storedSize;
  }

  #stored(kind: "full" | "incremental", index: number) {
    const place = { sink: this.#sink, container: CONTAINER, prefix: `${kind}_${index}` };
    return { ...place, backupId: idOf(kind, index), volumeId: VOLUME_ID };
  }

  async #backup(index: number): Promise<Outcome> {
    const { codec, blockSize, chunkSize, volume, operation } = this.#spec;
    const kind = operation === "incremental" ? "incremental" : "full";
    const { container, prefix, backupId } = this.#stored(kind, index);
    const full = this.#stored("full", index);
    const parent = kind === "full" ? undefined : await StoredTable.open(full, this.#runtime.hashes);
    const source = await openFileSource(nodeFileSystem, volume);
    try {
      const names = { backupName: null, backupDescription: null, createdAt: "2026-01-02 03:04:05+00:00" };
      return await runBackup(source, this.#sink, {
        container,
        prefix,
        identity: { ...names, backupId, volumeId: VOLUME_ID },
        parent: parent && { id: full.backupId, digests: parent },
        volumeMetadata: null,
        codec: codec === "none" ? undefined : this.#runtime.codecs.get(codec),
        blockSize,
        chunkSize,
        runtime: this.#runtime,
      });
    } finally {
      await source.close();
      await parent?.close();
    }
  }

  async #restore(index: number): Promise<Outcome> {
    const chain = await openChain([this.#stored("full", index)], this.#runtime.hashes);
    const path = join(this.#spec.directory, `restored-${index}`);
    const target = await openFileTarget(nodeFileSystem, path, { size: chain.plan.volumeSize, create: true });
    try {
      return await restoreBackup(chain, target, { runtime: this.#runtime });
    } finally {
      await target.close();
      await rm(path);
    }
  }
}

async function measure(spec: RowSpec): Promise<RowFigures> {
  const runtime = await nodeRuntime();
  const row = new Row(spec, runtime);
  const idle = process.memoryUsage.rss();
  const start = performance.now();
  const outcomes = await Promise.all(Array.from({ length: spec.concurrent }, (_, index) => row.run(index)));
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS * KIB;
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((bytes, outcome) => bytes + of(outcome), 0);
  return {
    idle,
    peak,
    planned: sum(({ memory }) => memory.total),
    accounted: sum(({ memory }) => memory.accounted),
    accountedPeak: sum((outcome) => outcome.accountedPeak),
    seconds,
    tableSize: await row.tableSize(),
  };
}

keepYoungGenerationSmall();
console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as RowSpec)));
