/**
 * A consolidation: rewrites the newest backup of a chain as a full one, from stored data. It is a backup whose source
 * is the chain, under another prefix; existing objects do not change.
 *
 * The digests are the same before and after, so backups based on it stay valid. They also verify it: every block is
 * digested once, for the new table, and must have the digest that the old table has for it. The manifest is stored only
 * after the last block has passed.
 */
import type { Chain } from "../chain/chain.js";
import type { Codec } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import type { ObjectSink } from "../sinks/sink.js";
import { type BackupResult, type ResolvedBackupOptions, runBackup } from "./backup.js";
import { ChainReading } from "./chain-reading.js";
import { type PlannedConsolidation, planConsolidation } from "./memory/consolidation-memory.js";
import type { EncodedCheck } from "./memory/encoding-memory.js";
import { type ObjectConcurrency, shapeOfSink } from "./memory/plan.js";
import type { RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import type { ProbeChunk } from "./stages/probe.js";

export interface ConsolidateOptions extends ObjectConcurrency, EncodedCheck, RunOptions {
  readonly runtime: Runtime;
  /** Receives the full backup: the sink of the chain's newest backup, or a link around it. @default {that sink} */
  readonly sink?: ObjectSink | undefined;
  /** A prefix that no backup in the container has. */
  readonly prefix: string;
  /** The id that the full backup has. @default {that of the manifest} */
  readonly backupId?: string | undefined;
  /** As of a backup. */
  readonly beforeManifest?: ResolvedBackupOptions["beforeManifest"];
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
  const { checkEncoded } = options;
  const { sink = newest.sink } = options;
  const planned = options.planned ?? planOf(chain, options);
  const reading = new ChainReading(chain, { runtime, need: planned.reading, signal });
  try {
    const { source, witness } = await reading.open();
    const result = await runBackup(source, sink, {
      ...{ runtime, container, prefix, codec, chunkSize, concurrentObjects, signal, progress, checkEncoded },
      identity: { ...manifest, backupId: options.backupId ?? manifest.backupId },
      blockSize: chain.plan.shape.blockSize,
      memory: planned.backup,
      volumeMetadata: manifest.volumeMetadata,
      probe: probeOf(chain, chunkSize),
      witness,
      beforeManifest: options.beforeManifest,
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
