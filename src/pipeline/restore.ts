/**
 * A restore: `load → decompress → verify → write` over the objects of a plan, in the order of their offsets.
 * Without a target it is a verification: everything is read back and checked, and nothing is written.
 *
 * Nothing reaches the target whose SHA-256 the digest table does not vouch for. A failure leaves the target partly
 * written, with verified data only.
 */
import type { Chain } from "../chain/chain.js";
import { StoredTable } from "../chain/stored-table.js";
import type { Codec } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import { type IntegrityPlace, InvalidStateError } from "../errors.js";
import { type Kernels, loadKernels } from "../kernels/kernels.js";
import type { VolumeTarget } from "../sources/volume.js";
import { countOf } from "../units.js";
import { decompress } from "./decompress.js";
import { ExpectedDigests } from "./expected-digests.js";
import { load, ObjectLoader } from "./load.js";
import { type MemoryPlan, planRestoreMemory } from "./memory.js";
import type { LoadedPart, PlainPart } from "./part.js";
import { arenaSizeOf, BufferPool } from "./pool.js";
import { Run, type RunOptions } from "./run.js";
import type { Runtime } from "./runtime.js";
import { verify } from "./verify.js";
import { write } from "./write.js";

export interface RestoreOptions extends RunOptions {
  readonly runtime: Runtime;
}

export interface RestoreResult {
  readonly volumeSize: number;
  readonly memory: MemoryPlan;
  /** The most of each of the plan's two pools that was in use at once. */
  readonly buffersInUseMax: number;
}

/**
 * Restores the newest backup of `chain` into `target`, or verifies it when there is none.
 * @throws InvalidStateError, before anything is written, when the target is too small
 * @throws IntegrityError for the first thing that is not as it was stored
 */
export async function restore(
  chain: Chain,
  target: VolumeTarget | undefined,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { volumeSize } = chain.plan;
  if (target !== undefined && target.size < volumeSize) {
    throw new InvalidStateError(
      `volume size ${target.size} is too small to restore backup of size ${volumeSize} (bytes)`,
    );
  }
  const run = new Run(options);
  run.progress.bytesTotal = volumeSize;
  const loader = new ObjectLoader(chain.layers, chain.plan.objects);
  const newest = chain.layers.at(-1)!.backup;
  const table = await StoredTable.open(newest, options.runtime.hashes);
  try {
    const expected = new ExpectedDigests(table, { backupId: newest.backupId });
    const result = await pump(chain, target, { runtime: options.runtime, run, loader, expected });
    await expected.expectEnd(chain.plan.shape.blockCount);
    return { volumeSize, ...result };
  } catch (error) {
    throw run.fail(error);
  } finally {
    await loader.close();
    await table.close();
  }
}

interface Pump {
  readonly runtime: Runtime;
  readonly run: Run;
  readonly loader: ObjectLoader;
  readonly expected: ExpectedDigests;
}

async function pump(
  chain: Chain,
  target: VolumeTarget | undefined,
  { runtime, run, loader, expected }: Pump,
): Promise<Omit<RestoreResult, "volumeSize">> {
  const { blockSize } = chain.plan.shape;
  const { progress, signal } = run;
  const memory = planRestoreMemory(blockSize, await codecsOf(chain, runtime));
  const { kernels, loadPool, workPool } = await createPools(memory, blockSize, signal);
  const { windowSize } = memory;
  const placeOf = ({ planned: { layerIndex, object } }: LoadedPart | PlainPart): IntegrityPlace => ({
    backupId: chain.layers[layerIndex]!.backup.backupId,
    objectName: object.name,
    offset: object.offset,
  });
  const checks = {
    engine: await runtime.engine(kernels),
    findRuns: kernels.changedRuns.bind(kernels),
    isZero: kernels.isZero.bind(kernels),
  };

  await load(loader, loadPool)
    .pipeThrough(decompress({ codecs: runtime.codecs, pool: workPool, placeOf }))
    .pipeThrough(
      verify({ ...checks, blockSize, windowSize, expected, hashes: runtime.hashes, placeOf, progress }),
    )
    .pipeTo(write(target, progress), { signal });
  return { memory, buffersInUseMax: Math.max(loadPool.inUseMax, workPool.inUseMax) };
}

/** The codecs of the objects that are going to be read; what is unknown is told at the object that needs it. */
async function codecsOf({ plan }: Chain, { codecs }: Runtime): Promise<Codec[]> {
  const ids = new Set(plan.objects.map(({ object }) => codecIdOf(object.compression)));
  const loaded = await Promise.all([...ids].map((id) => (id === undefined ? undefined : codecs.get(id)?.())));
  return loaded.filter((codec) => codec !== undefined);
}

async function createPools(
  memory: MemoryPlan,
  blockSize: number,
  signal: AbortSignal,
): Promise<{ kernels: Kernels; loadPool: BufferPool; workPool: BufferPool }> {
  const { bufferCount, windowSize } = memory;
  const shape = { count: bufferCount, size: windowSize, blockCount: countOf(windowSize, blockSize) };
  const kernels = await loadKernels({ memorySize: arenaSizeOf(shape, shape) });
  const loadPool = new BufferPool(kernels, shape, signal);
  return { kernels, loadPool, workPool: new BufferPool(kernels, shape, signal) };
}
