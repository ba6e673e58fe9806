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
import { IntegrityError, type IntegrityPlace, InvalidStateError } from "../errors.js";
import type { VolumeTarget } from "../sources/volume.js";
import { countOf } from "../units.js";
import { decompress } from "./decompress.js";
import { ExpectedDigests } from "./expected-digests.js";
import { BLOCK_SIZE_MAX } from "./geometry.js";
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
  checkBlockSize(chain);
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

/** A block has to fit a window, and a damaged table may claim any size. */
function checkBlockSize({ layers, plan }: Chain): void {
  const { blockSize } = plan.shape;
  if (blockSize <= BLOCK_SIZE_MAX) return;
  const { backupId } = layers.at(-1)!.backup;
  throw new IntegrityError(`Cannot restore blocks of ${blockSize} bytes: want at most ${BLOCK_SIZE_MAX}`, {
    backupId,
  });
}

/** The codecs of the objects that are going to be read; what is unknown is told at the object that needs it. */
function codecsOf({ plan }: Chain, { codecs }: Runtime): Codec[] {
  const ids = new Set(plan.objects.map(({ object }) => codecIdOf(object.compression)));
  return [...ids].flatMap((id) => (id === undefined ? [] : (codecs.get(id) ?? [])));
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
  const memory = planRestoreMemory(blockSize, codecsOf(chain, runtime));
  const { windowSize, bufferCount } = memory;
  const shape = { count: bufferCount, size: windowSize, blockCount: countOf(windowSize, blockSize) };
  const workSize = chain.plan.volumeSize;
  const compute = await runtime.compute({ arenaSize: arenaSizeOf(shape, shape), workSize });
  const loadPool = new BufferPool(compute.arena, shape, signal);
  const workPool = new BufferPool(compute.arena, shape, signal);
  const placeOf = ({ planned: { layerIndex, object } }: LoadedPart | PlainPart): IntegrityPlace => ({
    backupId: chain.layers[layerIndex]!.backup.backupId,
    objectName: object.name,
    offset: object.offset,
  });
  const verified = load(loader, loadPool)
    .pipeThrough(decompress({ codecs: runtime.codecs, pool: workPool, placeOf }))
    .pipeThrough(verify(compute, { blockSize, windowSize, expected, placeOf, progress }));
  try {
    await run.drain(verified, write(target, progress));
  } finally {
    compute.close();
  }
  return { memory, buffersInUseMax: Math.max(loadPool.inUseMax, workPool.inUseMax) };
}
