/**
 * Copies a backup into the configured repository, with the ancestors that are not there. The objects keep their names
 * where both stores name objects alike, and the manifest keeps the backup's ID, so that a scan of that repository by
 * another catalog finds the backup as it was. In this catalog the copy is a row of its own.
 *
 * The row is added when the copy is complete. Objects of a copy that was interrupted have no row; the same copy
 * continues from them, or a clean-up removes them.
 */
import type { BackupRow, NewBackup } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import type { ChainLink } from "../../chain/link.js";
import { UsageError } from "../../errors.js";
import { parseCreatedAt } from "../../format/fields.js";
import { backupPrefix, defaultContainer } from "../../format/names.js";
import { type CopyTarget, copyBackup as copyLink } from "../../pipeline/copy.js";
import { type MemoryPlan, planBackupMemory, shapeOfSink } from "../../pipeline/memory/plan.js";
import { planRestoreOf } from "../../pipeline/memory/restore-shape.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { FencedSink, requireLease } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { type HistoryRecorder, openRecorder } from "../repositories/history.js";
import { changeOf, type LockFields, lockFor } from "../repositories/locks.js";
import { mark, requireWritable } from "../repositories/presence.js";
import { isCurrent, openCurrentChain, storedIdOf, whileStored } from "../repositories/stored.js";
import type { CopyBackupRequest, CopyOutcome } from "../requests.js";
import { BACKUP_STATES } from "../states/states.js";
import { extendChain, lockManifest, lockObjects, requireLockable } from "./apply-locks.js";

/** User metadata of a copy: the backup that it was made of. */
const COPY_KEY = "ashlar_copy_of";

export async function copyBackup(context: ServiceContext, request: CopyBackupRequest): Promise<CopyOutcome> {
  const { catalog, settings } = context;
  const source = await findVisible(context, catalog.backups, request.backup);
  BACKUP_STATES.check(source, "verify");
  if (source.repository === settings.repository)
    throw new UsageError(
      `Cannot copy backup ${source.id}: it is in the repository "${settings.repository}" already`,
    );
  const present = await findCopy(context, storedId(source));
  if (present !== undefined) return { source, copy: present, copiedBackups: 0, storedSize: 0 };
  const { repository } = settings;
  const sink = await context.host.openRepository(repository);
  const usual = settings.container ?? defaultContainer(sink.naming, source.id);
  const { isMarked } = await requireWritable(context, repository, usual);
  const runtime = await context.host.runtime();
  for (;;) {
    const chain = await openCurrentChain(context, source, runtime.hashes, { signal: request.signal });
    const outcome = await copyChain(context, request, { source, chain, runtime });
    if (outcome === undefined) continue;
    const { container } = outcome.copy;
    if (!isMarked && container !== null) await mark(context, { repository, container, sink });
    return outcome;
  }
}

function storedId({ id, serviceMetadata }: BackupRow): string {
  return storedIdOf(serviceMetadata ?? "") ?? id;
}

/** The available backup of these stored objects in the configured repository. */
async function findCopy({ catalog, settings }: ServiceContext, id: string): Promise<BackupRow | undefined> {
  const { repository } = settings;
  const there = await catalog.backups.list({ repository, status: "available" });
  return there.find((backup) => storedId(backup) === id);
}

interface Work {
  readonly source: BackupRow;
  readonly chain: Chain;
  readonly runtime: Runtime;
}

/** Resolves to `undefined` when the chain was changed while the copy waited for its turn. */
async function copyChain(
  context: ServiceContext,
  request: CopyBackupRequest,
  { source, chain, runtime }: Work,
): Promise<CopyOutcome | undefined> {
  const sink = await context.host.openRepository(context.settings.repository);
  const plan = planCopy(context, { chain, runtime, sink });
  // Of the two repositories, the one that is written to.
  const { repository } = context.settings;
  const subjects = { backupId: source.id, projectId: source.projectId, repository };
  const admitted = { ...request, kind: "copy", plan, ...subjects } as const;
  const recorder = await openRecorder(context, repository);
  return await context.admission.run(admitted, async (operation) => {
    if (!(await isCurrent(context, chain))) return undefined;
    const copy = new ChainCopy(context, {
      request,
      runtime,
      sink: new FencedSink(sink, operation),
      ...{ operation, recorder },
    });
    return await whileStored(context, chain, () => copy.run(source, chain));
  });
}

/** As a verification of the chain, and with the buffers of the sink that is written to. */
function planCopy(
  { settings }: ServiceContext,
  { chain, runtime, sink }: Pick<Work, "chain" | "runtime"> & { readonly sink: ObjectSink },
): MemoryPlan {
  const { concurrentObjects, blockSize, fileSize: chunkSize } = settings;
  const { memory } = planRestoreOf(chain, runtime.codecs, { concurrentObjects });
  const writing = planBackupMemory({ blockSize, chunkSize, concurrentObjects, ...shapeOfSink(sink) }).sink;
  return {
    ...memory,
    operation: "copy",
    sink: memory.sink + writing,
    accounted: memory.accounted + writing,
    total: memory.total + writing,
  };
}

interface ChainCopyOptions {
  readonly request: CopyBackupRequest;
  readonly runtime: Runtime;
  readonly sink: ObjectSink;
  readonly operation: RunningOperation;
  /** Appends to the signed history of the target. */
  readonly recorder: HistoryRecorder | undefined;
}

class ChainCopy {
  readonly #context: ServiceContext;
  readonly #options: ChainCopyOptions;
  readonly #locked: LockFields;

  constructor(context: ServiceContext, options: ChainCopyOptions) {
    this.#context = context;
    this.#options = options;
    this.#locked = lockFor(context, undefined);
  }

  /** Copies the links that are not there, the oldest first. */
  async run(source: BackupRow, { links }: Chain): Promise<CopyOutcome> {
    const { progress } = this.#options.operation;
    const left: ChainLink[] = [];
    let parent: BackupRow | undefined;
    for (const link of links) {
      const there = left.length > 0 ? undefined : await findCopy(this.#context, link.backup.backupId);
      if (there === undefined) left.push(link);
      else parent = there;
    }
    progress.bytesTotal = left
      .flatMap(({ manifest }) => manifest.objects)
      .reduce((sum, { length }) => sum + length, 0);
    let storedSize = 0;
    if (parent !== undefined && left.length > 0) await this.#extend(parent);
    for (const link of left) {
      parent = await this.#copy(await this.#sourceOf(link, source), link, parent);
      storedSize += parent.storedSize ?? 0;
    }
    return { source, copy: parent!, copiedBackups: left.length, storedSize };
  }

  async #copy(row: BackupRow, link: ChainLink, parent: BackupRow | undefined): Promise<BackupRow> {
    const { runtime, operation } = this.#options;
    const { hashes, codecs } = runtime;
    const { concurrentObjects } = this.#context.settings;
    const { signal, progress } = operation;
    const target = this.#targetOf(link);
    await requireLockable(target.sink, target.container, this.#locked);
    const result = await copyLink(link, target, { hashes, codecs, concurrentObjects, signal, progress });
    const { container, prefix: serviceMetadata, sink } = target;
    await this.#lock(target, link);
    const { manifestSha256, digestTableSha256 } = result;
    await this.#options.recorder?.stored(
      { ...link.backup, ...target, manifestSha256, digestTableSha256 },
      signal,
    );
    return await this.#add({
      ...row,
      ...result,
      ...{ id: crypto.randomUUID(), status: "available", parentId: parent?.id ?? null },
      ...{ repository: this.#context.settings.repository, container, serviceMetadata, service: sink.service },
      ...{ sparePrefix: null, spareParentId: null, holder: null, restoreVolumeId: null, failReason: null },
      ...this.#locked,
      spareLockedUntil: null,
      // The name goes on meaning the backup itself.
      name: null,
      metadata: { ...row.metadata, [COPY_KEY]: row.id },
    });
  }

  /** Locks the copy as a backup that is made now. */
  async #lock({ sink, container, prefix }: CopyTarget, { backup, manifest }: ChainLink): Promise<void> {
    const change = changeOf(this.#locked);
    if (change === undefined) return;
    const names = manifest.objects.map(({ name }) => prefix + name.slice(backup.prefix.length));
    await lockObjects(sink, { container, prefix }, names, change);
    await lockManifest(sink, { container, prefix }, change);
  }

  /** Extends the locks of the copies that were there before. */
  async #extend(there: BackupRow): Promise<void> {
    const { sink, runtime, operation } = this.#options;
    if (changeOf(this.#locked) === undefined && this.#locked.lockMode === null) return;
    const chain = await openCurrentChain(this.#context, there, runtime.hashes, { signal: operation.signal });
    const { repository } = this.#context.settings;
    await extendChain(this.#context, chain, { lock: this.#locked, repository, sink });
  }

  /** Adds the row, unless another process has copied the same backup meanwhile. */
  async #add(row: NewBackup): Promise<BackupRow> {
    const { repository, container = null, serviceMetadata = null } = row;
    return await this.#context.catalog.transaction(async (tables) => {
      await requireLease(tables, this.#options.operation, `complete the copy of backup ${row.id}`);
      const [same] = await tables.backups.list({
        repository,
        container,
        serviceMetadata,
        status: "available",
      });
      return same ?? (await tables.backups.insert(row));
    });
  }

  /** The row of a link. Copies in other repositories may have the same container and prefix. */
  async #sourceOf({ backup }: ChainLink, { repository }: BackupRow): Promise<BackupRow> {
    const { container, prefix: serviceMetadata } = backup;
    const { backups } = this.#context.catalog;
    const rows = await backups.list({ container, serviceMetadata });
    return rows.find((row) => row.repository === repository) ?? rows[0]!;
  }

  #targetOf({ backup, manifest }: ChainLink): CopyTarget {
    const { request, sink } = this.#options;
    const { settings, host } = this.#context;
    const { backupId, volumeId } = backup;
    const container = request.container ?? settings.container ?? defaultContainer(sink.naming, backupId);
    if (backup.sink.naming === sink.naming) return { sink, container, prefix: backup.prefix };
    const startedAt = parseCreatedAt(manifest.createdAt) ?? host.clock.now();
    const { availabilityZone } = settings;
    const prefix = backupPrefix(sink.naming, { volumeId, backupId, availabilityZone, startedAt });
    return { sink, container, prefix };
  }
}
