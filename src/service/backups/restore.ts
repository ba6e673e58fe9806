/**
 * Restores a backup into a new or an existing volume. Errors that can be known in advance are reported before the
 * target is touched. A volume that was created for a failed restore is removed again; an existing one is left in status
 * `error_restoring`, partly written.
 *
 * The rows come before the file, so that a file left by a dead process belongs to a volume that can be deleted.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import type { DamagedChain } from "../../chain/damaged-chain.js";
import { isAshlarError } from "../../errors.js";
import { type PlannedRestore, planRestoreOf } from "../../pipeline/memory/restore-shape.js";
import { restoreBackup as restoreChain } from "../../pipeline/restore.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { planSalvage, salvageBackup } from "../../pipeline/salvage.js";
import type { VolumeTarget } from "../../sources/volume.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { fencedTarget } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { openCurrentDamagedChain } from "../repositories/damaged.js";
import { isCurrent, openCurrentChain } from "../repositories/stored.js";
import type { RestoreBackupRequest, RestoreOutcome, SalvageOutcome } from "../requests.js";
import { BACKUP_STATES } from "../states/states.js";
import { type Destination, openDestination, resolveDestination } from "../volumes/destination.js";
import {
  type AcceptedRestoration,
  beginRestore,
  completeRestore,
  giveUpRestore,
  type Restoration,
} from "./restore-rows.js";

/** @param accepted the rows, if they were taken before the restore's turn came */
export async function restoreBackup(
  context: ServiceContext,
  request: RestoreBackupRequest,
  accepted?: AcceptedRestoration,
): Promise<RestoreOutcome> {
  const { backup, destination } = accepted ?? (await resolveRequest(context, request));
  const runtime = await context.host.runtime();
  // An imported backup may lack its size; its threads then start when there is work.
  runtime.start?.(backup.volumeSize ?? 0);
  for (;;) {
    const opened = await openFor(context, request, { backup, runtime });
    throwIfCancelled(request.signal);
    const outcome = await tryRestore(context, request, {
      backup,
      destination,
      ...opened,
      runtime,
      accepted,
    });
    if (outcome !== undefined) return outcome;
  }
}

/** The chain, as far as it can be read: all of it, unless the request is a salvage. */
async function openFor(
  context: ServiceContext,
  { salvage, signal }: RestoreBackupRequest,
  { backup, runtime }: Pick<Work, "backup" | "runtime">,
): Promise<Pick<Work, "chain" | "damaged">> {
  const { hashes } = runtime;
  if (salvage !== true)
    return { chain: await openCurrentChain(context, backup, hashes, { signal }), damaged: undefined };
  const damaged = await openCurrentDamagedChain(context, backup, hashes, { signal });
  return { chain: damaged.chain, damaged };
}

async function resolveRequest(
  context: ServiceContext,
  request: RestoreBackupRequest,
): Promise<Pick<Restoration, "backup" | "destination">> {
  const backup = await findVisible(context, context.catalog.backups, request.backup);
  BACKUP_STATES.check(backup, "restore");
  return { backup, destination: await resolveDestination(context, backup, request) };
}

/** Resolves to `undefined` when the chain was changed while the restore waited for its turn. */
async function tryRestore(
  context: ServiceContext,
  request: RestoreBackupRequest,
  work: Omit<Work, "operation" | "planned">,
): Promise<RestoreOutcome | undefined> {
  const { backup, destination, chain, runtime } = work;
  const { concurrentObjects } = context.settings;
  const planned =
    work.damaged === undefined
      ? planRestoreOf(chain, runtime.codecs, { concurrentObjects })
      : planSalvage(work.damaged, runtime.codecs, { concurrentObjects });
  const plan = planned.memory;
  const { repository, projectId } = backup;
  const owner = { projectId, repository, number: work.accepted?.queued?.number };
  const admitted = { ...request, kind: "restore", plan, backupId: backup.id, ...owner } as const;
  return await context.admission.run({ ...admitted, volumeId: destination.volume?.id }, async (operation) =>
    (await isCurrent(context, chain))
      ? await runRestore(context, { ...work, planned, operation })
      : beginAgain(work.accepted),
  );
}

/** The next turn is that of another operation. */
function beginAgain(accepted: AcceptedRestoration | undefined): undefined {
  if (accepted?.queued !== undefined) accepted.queued.number = undefined;
  return undefined;
}

interface Work {
  readonly backup: BackupRow;
  readonly destination: Destination;
  readonly chain: Chain;
  /** The chain of a salvage, whose links are those of `chain`. */
  readonly damaged: DamagedChain | undefined;
  readonly runtime: Runtime;
  readonly planned: PlannedRestore;
  readonly accepted: AcceptedRestoration | undefined;
  readonly operation: RunningOperation;
}

async function runRestore(context: ServiceContext, work: Work): Promise<RestoreOutcome> {
  const { backup, destination, chain, operation } = work;
  const { volumeSize } = chain.plan;
  const restoration =
    work.accepted ?? (await beginRestore(context, { backup, destination, volumeSize, operation }));
  if (work.accepted !== undefined) work.accepted.hasBegun = true;
  context.events.emit("restore.start", { ...backup, status: "restoring" });
  try {
    const outcome = await fill(context, work, restoration);
    context.events.emit("restore.end", outcome.backup, { restore_volume_id: outcome.volume.id });
    return outcome;
  } catch (error) {
    context.events.fail("restore", backup, error);
    throw error;
  }
}

async function fill(context: ServiceContext, work: Work, restoration: Restoration): Promise<RestoreOutcome> {
  const { chain, operation } = work;
  const target = fencedTarget(await open(context, work, restoration), operation);
  const { progress, signal } = operation;
  let salvage: SalvageOutcome | undefined;
  try {
    try {
      salvage = await transfer(context, work, target);
    } finally {
      const closed = target.close();
      // Written data still goes to the device, which may take a while; nothing is added to it.
      if (signal.aborted) closed.catch(() => {});
      else await closed;
    }
  } catch (error) {
    if (!work.destination.isNew) sayHalfWritten(error, work.destination);
    await fail(context, { restoration, operation, accepted: work.accepted }, error);
    throw error;
  }
  const outcome = await completeRestore(context, restoration, {
    targetSize: target.size,
    operation,
    ...(salvage !== undefined && { lostSize: salvage.lost.reduce((sum, { length }) => sum + length, 0) }),
    volumeMetadata: chain.links.at(-1)!.manifest.volumeMetadata,
  });
  const restoredSize = chain.plan.volumeSize;
  return { ...outcome, restoredSize, verifiedDigests: progress.digestCount, salvage };
}

async function transfer(
  { settings: { concurrentObjects } }: ServiceContext,
  { chain, damaged, runtime, planned, operation }: Work,
  target: VolumeTarget,
): Promise<SalvageOutcome | undefined> {
  const { progress, profile, signal } = operation;
  const options = { runtime, concurrentObjects, planned, signal, progress, profile };
  if (damaged === undefined) {
    await restoreChain(chain, target, options);
    return undefined;
  }
  const { lost, findings } = await salvageBackup(damaged, target, options);
  return { lost, findings };
}

/** Adds a warning to the failure, whatever its cause, so that nobody takes the target for the volume. */
function sayHalfWritten(error: unknown, { path }: Destination): void {
  if (!(error instanceof Error)) return;
  error.message += `; "${path}" is half written now: restore into it again before it is used`;
}

async function open(context: ServiceContext, work: Work, restoration: Restoration): Promise<VolumeTarget> {
  try {
    const { signal } = work.operation;
    return await openDestination(context, work.destination, { size: work.chain.plan.volumeSize, signal });
  } catch (error) {
    await giveUpRestore(context, restoration, { isTouched: false, isCancelled: false });
    throw error;
  }
}

/**
 * Settles a failure. Errors here do not hide `error`; the rows still name this process, and a later start repairs them.
 */
async function fail(
  context: ServiceContext,
  {
    restoration,
    operation,
    accepted,
  }: Pick<Work, "operation" | "accepted"> & { readonly restoration: Restoration },
  error: unknown,
): Promise<void> {
  const failReason = error instanceof Error ? error.message : String(error);
  // A restore that this process's user cancelled needs no reason.
  const isOwn = isAshlarError(error, "cancelled") && operation.cancelReason === undefined;
  const isCancelled = operation.cancelReason !== undefined;
  const isParked = isOwn && accepted?.stopping.aborted === true;
  try {
    const isHeld = await context.catalog.operations.isHeld(operation.number);
    if (restoration.destination.isNew && isHeld)
      await context.host.fileSystem.remove(restoration.destination.path);
    await giveUpRestore(context, restoration, {
      isTouched: true,
      isCancelled,
      operation,
      isParked,
      queued: accepted?.queued,
      ...(!isOwn && { failReason }),
    });
  } catch {
    return;
  }
}
