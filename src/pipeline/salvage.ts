/**
 * A restore of what is left of a damaged chain.
 *
 *     restore everything that the readable links have; damage does not end the run
 *     read what a network may have changed again
 *     look for each lost block in the next older link that has it, until there is none: an older backup can have
 *     the same block, and a block is taken only if it matches the digest table
 *     fill what is lost with zeros
 *
 * Every byte outside the reported ranges is verified: by the digest table or, where that is damaged, by the MD5 of the
 * whole object.
 */
import type { Chain } from "../chain/chain.js";
import type { DamagedChain } from "../chain/damaged-chain.js";
import { DamagedTable } from "../chain/damaged-table.js";
import { type PlannedObject, planWanted, type Range, type WantedRange } from "../chain/plan.js";
import type { Codecs } from "../codecs/codec.js";
import { IntegrityError } from "../errors.js";
import type { VolumeTarget } from "../sources/volume.js";
import { type LostFromLink, type LostRange, LostRanges, subtract } from "./lost-ranges.js";
import type { ObjectConcurrency } from "./memory/plan.js";
import { type PlannedRestore, planRestoreOf } from "./memory/restore-shape.js";
import { type RestoreOptions, type RunRestoreOptions, runRestore } from "./restore.js";
import type { RestoreResult } from "./run/restore-result.js";
import { startProgress, throwIfCancelled } from "./run/run.js";
import type { Damage } from "./stages/findings.js";

/** Options of `salvageBackup`. */
export interface SalvageOptions extends Omit<RestoreOptions, "onDamage" | "onVerified" | "planned"> {
  /** By `planSalvage`. */
  readonly planned: PlannedRestore;
}

export interface SalvageResult extends RestoreResult {
  /** Ascending and disjoint; they read as zeros. */
  readonly lost: readonly LostRange[];
  /** Damage that cost no bytes by itself: of manifests, of digest tables, and of objects outside the restored blocks. */
  readonly findings: readonly IntegrityError[];
}

/** The memory of a salvage, which may read any object of the chain. */
export function planSalvage(
  { chain }: DamagedChain,
  codecs: Codecs,
  concurrency: ObjectConcurrency,
): PlannedRestore {
  const { links, plan } = chain;
  const objects = links.flatMap(({ manifest }, linkIndex) =>
    manifest.objects.map((object) => {
      const length = Math.min(object.length, plan.volumeSize - object.offset);
      return { linkIndex, object, ranges: [{ offset: object.offset, length }] };
    }),
  );
  const inside = objects.filter(({ ranges: [range] }) => range!.length > 0);
  return planRestoreOf({ ...chain, plan: { ...plan, objects: inside } }, codecs, concurrency);
}

/** Restores what can be restored into `target`, which the caller closes. @throws AshlarError for anything but damage */
export async function salvageBackup(
  damaged: DamagedChain,
  target: VolumeTarget,
  options: SalvageOptions,
): Promise<SalvageResult> {
  return await new Salvage(damaged, target, options).run();
}

/** How often damaged data of a remote store is read: it may have been changed on the way. */
const READS_MAX = 3;

class Salvage {
  readonly #damaged: DamagedChain;
  readonly #target: VolumeTarget;
  readonly #options: SalvageOptions;
  readonly #findings: IntegrityError[];

  constructor(damaged: DamagedChain, target: VolumeTarget, options: SalvageOptions) {
    this.#damaged = damaged;
    this.#target = target;
    this.#options = options;
    this.#findings = [...damaged.findings];
  }

  async run(): Promise<SalvageResult> {
    const { chain, uncovered, newest } = this.#damaged;
    const first = new LostRanges();
    const result = await this.#pass(chain.plan.objects, {
      onDamage: (damage) => this.#note(damage, first),
      progress: this.#options.progress ?? startProgress(),
    });
    let lost: readonly LostFromLink[] = first.list();
    const isRemote = chain.links.some(({ backup }) => backup.sink.isRemote);
    for (let reads = 1; isRemote && reads < READS_MAX && lost.length > 0; reads++)
      lost = subtract(lost, (await this.#recover(lost.map(fromSameLink), { isOlder: false })).recovered);
    lost = await this.#searchOlder(lost);
    const error = this.#damaged.findings.at(-1) ?? nothingHas(newest.backupId);
    const gaps = uncovered.map((range) => ({ ...range, error, linkIndex: 0 }));
    const all = [...lost, ...gaps].sort((a, b) => a.offset - b.offset);
    await this.#clear(all);
    return {
      ...result,
      lost: all.map(({ offset, length, error: { reason, location } }) => ({
        offset,
        length,
        error: new IntegrityError(reason, located(location)),
      })),
      findings: this.#findings,
    };
  }

  /** Takes lost blocks from ever older links. */
  async #searchOlder(lost: readonly LostFromLink[]): Promise<readonly LostFromLink[]> {
    let left = lost;
    let wanted: readonly WantedRange[] = lost.map(fromOlderLink);
    while (wanted.length > 0) {
      const { recovered, failed } = await this.#recover(wanted, { isOlder: true });
      left = subtract(left, recovered);
      wanted = failed.map(fromOlderLink);
    }
    return left;
  }

  /** Restores wanted ranges as far as possible. */
  async #recover(
    wanted: readonly WantedRange[],
    { isOlder }: { readonly isOlder: boolean },
  ): Promise<{ readonly recovered: readonly Range[]; readonly failed: readonly LostFromLink[] }> {
    const { links, plan } = this.#damaged.chain;
    const { volumeSize, shape } = plan;
    const layers = links.map(({ backup, manifest }) => ({
      backupId: backup.backupId,
      objects: manifest.objects,
    }));
    const { objects } = planWanted(layers, { blockSize: shape.blockSize, volumeSize }, wanted);
    if (objects.length === 0) return { recovered: [], failed: [] };
    const damages = new LostRanges();
    const progress = startProgress();
    await this.#pass(objects, { onDamage: (damage) => keep(damage, damages), progress, isOlder });
    const { progress: whole } = this.#options;
    if (whole !== undefined) whole.digestCount += progress.digestCount;
    const failed = damages.list();
    const read = objects.flatMap(({ ranges }) => ranges).sort((a, b) => a.offset - b.offset);
    return { recovered: subtract(read, failed), failed };
  }

  async #pass(
    objects: readonly PlannedObject[],
    run: Pick<RunRestoreOptions, "onDamage" | "progress"> & { readonly isOlder?: boolean },
  ): Promise<RestoreResult> {
    const { chain, newest, table, isProvenByMd5 } = this.#damaged;
    const { hashes } = this.#options.runtime;
    const { knownCount } = table;
    const { blockCount } = chain.plan.shape;
    const provesByMd5 = run.isOlder !== true && isProvenByMd5.includes(true);
    const passed: Chain = { ...chain, plan: { ...chain.plan, objects } };
    // A block that was written before it was found wrong is overwritten even if it should be zero.
    const target = this.#writesUnproven ? withoutZeros(this.#target) : this.#target;
    return await runRestore(passed, target, {
      ...this.#options,
      ...run,
      openDigests: (signal) => new DamagedTable(newest, { knownCount, blockCount }, { hashes, signal }),
      ...(provesByMd5 && { isProvenByMd5: ({ linkIndex }) => isProvenByMd5[linkIndex]! }),
    });
  }

  get #writesUnproven(): boolean {
    return this.#damaged.isProvenByMd5.includes(true);
  }

  #note({ error, range, linkIndex }: Damage, lost: LostRanges): void {
    if (range === undefined) {
      this.#findings.push(error);
      return;
    }
    lost.add({ ...range, error: this.#causeOf(error, linkIndex), linkIndex });
  }

  /** The damage to which a block was lost: often not that of the object in which another block was found. */
  #causeOf(error: IntegrityError, linkIndex: number): IntegrityError {
    const { outdatedBy, isProvenByMd5, table } = this.#damaged;
    const { blockIndex } = error.location;
    if (blockIndex === undefined) return error;
    const isUnknown = blockIndex >= table.knownCount && !isProvenByMd5[linkIndex];
    return outdatedBy[linkIndex] ?? (isUnknown ? table.damage : undefined) ?? error;
  }

  async #clear(lost: readonly Range[]): Promise<void> {
    if (this.#target.isZeroed && !this.#writesUnproven) return;
    const zeros = new Uint8Array(this.#options.planned.memory.windowSize);
    for (const { offset, length } of lost) {
      for (let done = 0; done < length; done += zeros.length) {
        throwIfCancelled(this.#options.signal);
        await this.#target.write(zeros.subarray(0, Math.min(zeros.length, length - done)), offset + done);
      }
    }
    await this.#target.sync();
  }
}

function keep({ error, range, linkIndex }: Damage, damages: LostRanges): void {
  if (range !== undefined) damages.add({ ...range, error, linkIndex });
}

function fromSameLink({ offset, length, linkIndex }: LostFromLink): WantedRange {
  return { offset, length, below: linkIndex + 1 };
}

function fromOlderLink({ offset, length, linkIndex }: LostFromLink): WantedRange {
  return { offset, length, below: linkIndex };
}

/** Without the position in the volume, which the range has. */
function located({ backupId, objectName }: IntegrityError["location"]): IntegrityError["location"] {
  return { backupId, objectName };
}

function nothingHas(backupId: string): IntegrityError {
  return new IntegrityError("Cannot restore block: no backup of the chain has it", { backupId });
}

function withoutZeros(target: VolumeTarget): VolumeTarget {
  return {
    size: target.size,
    isZeroed: false,
    write: (bytes, offset) => target.write(bytes, offset),
    sync: () => target.sync(),
    close: () => target.close(),
  };
}
