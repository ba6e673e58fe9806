/**
 * A consolidation: rewrites the newest backup of a chain as a full one, from stored data. It is a backup whose source
 * is the chain, under another prefix; existing objects do not change.
 *
 * The digests are the same before and after, so backups based on it stay valid. They also verify it: every block is
 * digested once, for the new table, and must have the digest that the old table has for it. The manifest is stored only
 * after the last block has passed.
 */
import type { Chain } from "../chain/chain.js";
import { StoredTable } from "../chain/stored-table.js";
import type { Codec } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import type { ObjectSink } from "../sinks/sink.js";
import { type BackupResult, type DigestWitness, runBackup } from "./backup.js";
import { MemoryBudget } from "./memory/budget.js";
import { type PlannedConsolidation, planConsolidation } from "./memory/consolidation-memory.js";
import { type ObjectConcurrency, shapeOfSink } from "./memory/plan.js";
import type { RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import { ChainSource } from "./stages/chain-source.js";
import type { ProbeChunk } from "./stages/probe.js";
import { StoredDigests } from "./stages/stored-digests.js";

export interface ConsolidateOptions extends ObjectConcurrency, RunOptions {
  readonly runtime: Runtime;
  /** Receives the full backup: the sink of the chain's newest backup, or a link around it. @default {that sink} */
  readonly sink?: ObjectSink | undefined;
  /** A prefix that no backup in the container has. */
  readonly prefix: string;
  /** The id that the full backup has. @default {that of the manifest} */
  readonly backupId?: string | undefined;
  /** `undefined` stores plain bytes. */
  readonly codec: Codec | undefined;
  /** Upper bound of one object's plain bytes, a multiple of the chain's block size. */
  readonly chunkSize: number;
  /** The plan by `planConsolidation`, if it was already made to admit the run. @default {made at the start} */
  readonly planned?: PlannedConsolidation | undefined;
}

/** @throws UsageError for an object size that does not fit; IntegrityError for the first damage found */
export async function consolidate(chain: Chain, options: ConsolidateOptions): Promise<BackupResult> {
  const { runtime, prefix, codec, chunkSize, concurrentObjects, signal, progress } = options;
  const { backup: newest, manifest } = chain.links.at(-1)!;
  const { container } = newest;
  const { sink = newest.sink } = options;
  const planned = options.planned ?? planOf(chain, options);
  const reading = new ChainReading(chain, { ...options, planned });
  try {
    const { source, witness } = await reading.open();
    const result = await runBackup(source, sink, {
      ...{ runtime, container, prefix, codec, chunkSize, concurrentObjects, signal, progress },
      identity: { ...manifest, backupId: options.backupId ?? manifest.backupId },
      blockSize: chain.plan.shape.blockSize,
      memory: planned.backup,
      volumeMetadata: manifest.volumeMetadata,
      probe: probeOf(chain, chunkSize),
      witness,
    });
    return { ...result, memory: planned.memory, accountedPeak: result.accountedPeak + reading.accountedPeak };
  } finally {
    await reading.close();
  }
}

function planOf(chain: Chain, options: ConsolidateOptions): PlannedConsolidation {
  const { sink } = chain.links.at(-1)!.backup;
  return planConsolidation(chain, options.runtime.codecs, { ...options, ...shapeOfSink(sink) });
}

type ReadingOptions = ConsolidateOptions & { readonly planned: PlannedConsolidation };

/** The open resources of a chain that is being read. */
class ChainReading {
  readonly #chain: Chain;
  readonly #options: ReadingOptions;
  readonly #controller = new AbortController();
  readonly #onAbort = (): void => this.#controller.abort(this.#options.signal!.reason);
  #budget: MemoryBudget | undefined;
  #source: ChainSource | undefined;
  #table: StoredTable | undefined;
  #closeCompute = (): void => {};

  constructor(chain: Chain, options: ReadingOptions) {
    this.#chain = chain;
    this.#options = options;
    if (options.signal?.aborted) this.#onAbort();
    else options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get accountedPeak(): number {
    return this.#budget?.peak ?? 0;
  }

  async open(): Promise<{ source: ChainSource; witness: DigestWitness }> {
    const { runtime, planned } = this.#options;
    const { reading: need } = planned;
    const { links, plan } = this.#chain;
    const { codecs, hashes } = runtime;
    const { signal } = this.#controller;
    const budget = new MemoryBudget(need.read + need.work + need.codec + need.sink + need.digests, {
      signal,
    });
    this.#budget = budget;
    await budget.acquire(budget.limit - need.decoders);
    const compute = await runtime.compute({ arenaSize: need.arenaSize, workSize: plan.volumeSize });
    this.#closeCompute = () => compute.close();
    const source = new ChainSource({
      ...need,
      ...{ links, plan, codecs, budget, signal },
      arena: compute.arena,
      pieceLengthMax: need.buffers.size,
      locationOf: ({ linkIndex, object }) => ({
        backupId: links[linkIndex]!.backup.backupId,
        objectName: object.name,
        offset: object.offset,
      }),
    });
    this.#source = source;
    this.#table = await StoredTable.open(links.at(-1)!.backup, hashes, { signal });
    return { source, witness: new StoredDigests(this.#chain, this.#table, source) };
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#controller.abort(new Error("the chain was closed"));
    await this.#source?.close();
    await this.#table?.close();
    this.#closeCompute();
  }
}

/** A chunk is worth encoding if any of its objects was encoded; otherwise it did not shrink before either. */
function probeOf({ plan }: Chain, chunkSize: number): ProbeChunk {
  const encoded = new Set<number>();
  for (const { object, ranges } of plan.objects) {
    if (codecIdOf(object.compression) === "none") continue;
    for (const { offset, length } of ranges) {
      const end = offset + length;
      for (let at = Math.floor(offset / chunkSize); at * chunkSize < end; at++) encoded.add(at);
    }
  }
  return async (offset) => encoded.has(Math.floor(offset / chunkSize));
}
