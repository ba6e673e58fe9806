/**
 * A restore: `load → decompress → verify → write` over the objects of a plan, a few at once, started in the order of
 * their offsets.
 * A verification is a restore without a target: it reads and checks everything, including the MD5s of objects, and
 * writes nothing.
 *
 * Only blocks whose SHA-256 matches the digest table reach the target. A failure leaves the target partly written, with
 * verified data only. Objects that a network changed are read again a few times before the run fails.
 */
import type { Chain } from "../chain/chain.js";
import type { PlannedObject } from "../chain/plan.js";
import { readAgain } from "../chain/read-again.js";
import type { StoredBackup } from "../chain/stored-backup.js";
import { StoredTable } from "../chain/stored-table.js";
import { type DamageLocation, IntegrityError, InvalidStateError } from "../errors.js";
import type { Hashes } from "../ports.js";
import type { VolumeOutput, VolumeTarget } from "../sources/volume.js";
import { countOf } from "../units.js";
import { MemoryBudget } from "./memory/budget.js";
import { BLOCK_SIZE_MAX } from "./memory/geometry.js";
import {
  concurrencyOf,
  decodersNeed,
  expectedDigestCount,
  type MemoryPlan,
  type ObjectConcurrency,
  poolOf,
  spanOf,
} from "./memory/plan.js";
import { arenaSizeOf, BufferPool } from "./memory/pool.js";
import { type PlannedRestore, planRestoreOf } from "./memory/restore-shape.js";
import { restoreStream } from "./restore-stream.js";
import type { Profile } from "./run/profile.js";
import type { RestoreResult } from "./run/restore-result.js";
import { RestoredObjects } from "./run/restored-objects.js";
import { type Progress, Run, type RunOptions, startProgress } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import { type DigestStream, ExpectedDigests } from "./stages/expected-digests.js";
import type { FindingsOptions } from "./stages/findings.js";
import { ObjectPieces } from "./stages/object-pieces.js";
import { verify } from "./stages/verify.js";
import { TargetWriter, write } from "./stages/write.js";
import { ZeroDigests } from "./stages/zero-digests.js";
import { ZeroPieces } from "./stages/zero-pieces.js";

/** Options of `restoreBackup` and `verifyBackup`. */
export interface RestoreOptions extends ObjectConcurrency, RunOptions, FindingsOptions {
  readonly runtime: Runtime;
  /** The plan by `planRestoreOf`, if it was already made to admit the run. @default {made at the start} */
  readonly planned?: PlannedRestore | undefined;
}

/** Options of `verifyBackup`. */
export interface VerifyOptions extends RestoreOptions {
  /** Chooses the objects to read. The whole digest table is read anyway. @default {all} */
  readonly isChosen?: ((planned: PlannedObject) => boolean) | undefined;
}

/**
 * Restores the newest backup of `chain` into `target`, which the caller closes. A stream gets the bytes in order, and
 * is closed at the end.
 * @throws InvalidStateError before anything is written, if the target is too small
 * @throws IntegrityError for the first damage found, unless `onDamage` takes it; only verified data has been written by
 *   then
 * @throws CancelledError when the signal was aborted
 * @throws AshlarError any error of the sinks or the target
 */
export async function restoreBackup(
  chain: Chain,
  target: VolumeTarget | VolumeOutput | WritableStream<Uint8Array>,
  options: RestoreOptions,
): Promise<RestoreResult> {
  if (!("isZeroed" in target)) return await restoreStream(chain, target, { ...options, planned: undefined });
  const { volumeSize } = chain.plan;
  if (target.size < volumeSize) {
    throw new InvalidStateError(
      `volume size ${target.size} is too small to restore backup of size ${volumeSize} (bytes)`,
    );
  }
  return await runRestore(chain, target, options);
}

/**
 * Reads and checks everything that a restore of the newest backup of `chain` would read, and writes nothing.
 * @throws IntegrityError for the first damage found, unless `onDamage` takes it
 * @throws CancelledError when the signal was aborted
 * @throws AshlarError any error of the sinks
 */
export async function verifyBackup(chain: Chain, options: VerifyOptions): Promise<RestoreResult> {
  return await runRestore(chain, undefined, options);
}

/** Options of a restore whose digest table may be damaged. */
export interface RunRestoreOptions extends VerifyOptions {
  /** Opens the digests that blocks must have. @default {the newest backup's digest table} */
  readonly openDigests?: ((signal: AbortSignal) => OpenDigests) | undefined;
  /** For `verify`. @default {MD5s prove nothing} */
  readonly isProvenByMd5?: ((planned: PlannedObject) => boolean) | undefined;
}

/** The digests of all blocks, until they are closed. */
export interface OpenDigests extends DigestStream {
  close(): Promise<void>;
}

/** @param target `undefined` to write nowhere */
export async function runRestore(
  chain: Chain,
  target: VolumeTarget | undefined,
  options: RunRestoreOptions,
): Promise<RestoreResult> {
  checkBlockSize(chain);
  const { planned = planRestoreOf(chain, options.runtime.codecs, options), isChosen } = options;
  const progress = options.progress ?? startProgress();
  const chosen = isChosen === undefined ? chain.plan.objects : chain.plan.objects.filter(isChosen);
  const work = { ...options, planned, progress, chosen, restored: new RestoredObjects() };
  const sinks = chain.links.map(({ backup }) => backup.sink);
  return await readAgain(sinks, () => restoreRest(chain, target, work));
}

interface RestOptions extends RunRestoreOptions {
  readonly planned: PlannedRestore;
  readonly progress: Progress;
  readonly chosen: readonly PlannedObject[];
  readonly restored: RestoredObjects;
}

/** Restores the objects that are not done yet: all of them, or those left after an object arrived changed. */
async function restoreRest(
  chain: Chain,
  target: VolumeTarget | undefined,
  options: RestOptions,
): Promise<RestoreResult> {
  const { volumeSize, shape: volumeShape } = chain.plan;
  const { progress, restored, chosen } = options;
  const { shape, memory } = options.planned;
  const objects = restored.rest(chosen);
  Object.assign(progress, restored.totals(volumeShape.blockSize));
  const newest = chain.links.at(-1)!.backup;
  const run = new Run(options);
  const table =
    options.openDigests?.(run.signal) ?? new OpeningTable(newest, options.runtime.hashes, run.signal);
  const budget = new MemoryBudget(memory.accounted, { signal: run.signal });
  run.progress.bytesTotal = sizeOf(chosen);
  try {
    const shared = decodersNeed(shape.codecs, shape.encodedLengthMax);
    await budget.acquire(memory.read + memory.work + memory.digests + memory.sink + shared);
    const countMax = expectedDigestCount(shape);
    const expected = new ExpectedDigests(table, countMax, { backupId: newest.backupId });
    const { runtime, profile, onVerified, onDamage, isProvenByMd5 } = options;
    const findings = { onVerified, onDamage, isProvenByMd5 };
    const work = { runtime, run, objects, restored, expected, memory, shape, budget, profile, ...findings };
    const buffersInUseMax = await pump(chain, target, work);
    // Digests of lost blocks were never requested, and the last blocks may be lost.
    expected.forgetBefore(volumeShape.blockCount);
    await expected.reach(volumeShape.blockCount);
    await expected.expectEnd(volumeShape.blockCount);
    return { volumeSize, memory, buffersInUseMax, accountedPeak: budget.peak };
  } catch (error) {
    throw run.fail(error);
  } finally {
    run.end();
    await table.close();
  }
}

/** Bytes of the volume that the objects hold for this restore. */
function sizeOf(objects: readonly PlannedObject[]): number {
  return objects.flatMap(({ ranges }) => ranges).reduce((sum, { length }) => sum + length, 0);
}

/** A digest table that opens while the first objects are loaded. A failure to open it is thrown when it is read. */
class OpeningTable implements OpenDigests {
  readonly #table: Promise<StoredTable>;

  constructor(backup: StoredBackup, hashes: Hashes, signal: AbortSignal) {
    this.#table = StoredTable.open(backup, hashes, { signal });
    this.#table.catch(() => {});
  }

  async readInto(digests: Uint8Array): Promise<number> {
    return await (await this.#table).readInto(digests);
  }

  async close(): Promise<void> {
    const table = await this.#table.catch(() => undefined);
    await table?.close();
  }
}

/** A block must fit into a window, but a damaged table may claim any size. */
function checkBlockSize({ links, plan }: Chain): void {
  const { blockSize } = plan.shape;
  if (blockSize <= BLOCK_SIZE_MAX) return;
  const { backupId } = links.at(-1)!.backup;
  throw new IntegrityError(`Cannot restore blocks of ${blockSize} bytes: want at most ${BLOCK_SIZE_MAX}`, {
    backupId,
  });
}

interface Pump extends FindingsOptions {
  readonly runtime: Runtime;
  readonly run: Run;
  readonly objects: readonly PlannedObject[];
  readonly restored: RestoredObjects;
  readonly profile: Profile | undefined;
  readonly isProvenByMd5: ((planned: PlannedObject) => boolean) | undefined;
  readonly expected: ExpectedDigests;
  readonly memory: MemoryPlan;
  readonly shape: PlannedRestore["shape"];
  /** Everything but the decoders' memory has been acquired from it already. */
  readonly budget: MemoryBudget;
}

async function pump(chain: Chain, target: VolumeTarget | undefined, work: Pump): Promise<number> {
  const { runtime, run, restored, expected, memory, shape, budget } = work;
  const { links, plan } = chain;
  const { blockSize } = plan.shape;
  const { windowSize, bufferCount } = memory;
  const { progress, signal } = run;
  const buffers = poolOf(bufferCount, windowSize, blockSize);
  const arenaSize = arenaSizeOf(buffers, buffers);
  const checksMd5s = target === undefined || work.isProvenByMd5 !== undefined;
  const objectsAtOnce = checksMd5s ? Math.min(concurrencyOf(shape), plan.objects.length) : undefined;
  const compute = await runtime.compute({ arenaSize, workSize: plan.volumeSize, objectsAtOnce });
  const loadPool = new BufferPool(compute.arena, buffers, signal);
  const pool = new BufferPool(compute.arena, buffers, signal);
  const locationOf = ({ linkIndex, object }: PlannedObject): DamageLocation => ({
    backupId: links[linkIndex]!.backup.backupId,
    objectName: object.name,
    offset: object.offset,
  });
  const { encodedLengthMax } = shape;
  const objects = { links, objects: work.objects, concurrency: concurrencyOf(shape), span: spanOf(shape) };
  const { profile, onVerified, onDamage, isProvenByMd5 } = work;
  const reading = { ...objects, loadPool, loadMeter: profile?.stage("load"), locationOf, signal };
  const limits = { pieceLengthMax: windowSize, encodedLengthMax };
  const decoding = { codecs: runtime.codecs, pool, budget, goesOn: onDamage !== undefined, ...limits };
  const blocksAtOnce = countOf(windowSize, blockSize);
  const zeroDigests = new ZeroDigests(runtime.hashes, blockSize, blocksAtOnce);
  // A verification reads everything, and what goes on past damage has a reason to doubt the table.
  const isPlain = !checksMd5s && onDamage === undefined && onVerified === undefined;
  const lookup = { blockSize, expected, zeroDigests, blocksAtOnce, firstOffset: () => pieces.firstOffset };
  const zeros = isPlain ? new ZeroPieces(lookup) : undefined;
  const pieces: ObjectPieces = new ObjectPieces({
    ...{ ...reading, ...decoding, zeros },
    meter: profile?.stage("decompress"),
  });
  const order = {
    firstOffset: () => pieces.firstOffset,
    onDone: (planned: PlannedObject) => {
      restored.checked(planned);
      pieces.done(planned);
    },
  };
  const findings = { onVerified, onDamage, isProvenByMd5 };
  const checking = {
    blockSize,
    windowSize,
    expected,
    zeroDigests,
    checksMd5s,
    locationOf,
    ...order,
    progress,
    ...findings,
  };
  const verifying = verify(compute, { ...checking, meter: profile?.stage("verify") });
  const writer = new TargetWriter(target, { progress, restored, meter: profile?.stage("write"), signal });
  try {
    await run.drain(pieces.readable.pipeThrough(verifying), write(writer));
  } catch (error) {
    throw run.fail(error);
  } finally {
    await pieces.close();
    await writer.settle();
    profile?.end();
    compute.close();
  }
  return Math.max(loadPool.inUseMax, pool.inUseMax);
}
