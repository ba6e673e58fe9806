/**
 * Consolidates a backup: turns an incremental into a full backup, from stored data, so that its ancestors can be
 * deleted. It keeps its id, and its dependents stay valid, because its digests do not change.
 *
 *     make the full backup under another prefix, every block verified
 *     exchange the two in the catalog, in one transaction
 *     wait for the operations that read what was replaced, and remove it
 *
 * A failure before the exchange leaves the backup as it was; after a failure behind it, the next start finishes the
 * job.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import type { Codec } from "../../codecs/codec.js";
import { InvalidStateError } from "../../errors.js";
import type { BackupResult } from "../../pipeline/backup.js";
import { type ConsolidateOptions, consolidate } from "../../pipeline/consolidate.js";
import { type PlannedConsolidation, planConsolidation } from "../../pipeline/memory/consolidation-memory.js";
import { shapeOfSink } from "../../pipeline/memory/plan.js";
import { codecFor } from "../../pipeline/run/codec-for.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { FencedSink } from "../operations/fence.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { type HistoryRecorder, openRecorder } from "../repositories/history.js";
import { isCurrent, openCurrentChain } from "../repositories/stored.js";
import type { BackupView, ConsolidateBackupRequest } from "../requests.js";
import { BACKUP_STATES } from "../states/states.js";
import {
  beginConsolidation,
  type Consolidated,
  completeConsolidation,
  failConsolidation,
  newPrefix,
} from "./consolidate-rows.js";
import { ConsolidationLock } from "./consolidation-lock.js";
import { findBackup } from "./list.js";
import { discardSpare, waitForEnd } from "./spare.js";

export async function consolidateBackup(
  context: ServiceContext,
  request: ConsolidateBackupRequest,
): Promise<BackupView> {
  const { id } = await findVisible(context, context.catalog.backups, request.backup);
  while (!(await tryConsolidate(context, id, request)));
  return await findBackup(context, id);
}

/** Resolves to false when the chain was changed while the consolidation waited for its turn. */
async function tryConsolidate(
  context: ServiceContext,
  id: string,
  request: ConsolidateBackupRequest,
): Promise<boolean> {
  const { settings, host, admission, catalog } = context;
  const backup = await catalog.backups.find(id);
  BACKUP_STATES.check(backup, "consolidate");
  if (backup.parentId === null)
    throw new InvalidStateError(`Cannot consolidate backup ${id}: it is a full backup already`);
  const runtime = await host.runtime();
  const codec = codecFor(settings.compression, runtime);
  const recorder = await openRecorder(context, backup.repository);
  const chain = await openCurrentChain(context, backup, runtime.hashes, { signal: request.signal });
  const { fileSize: chunkSize, concurrentObjects, checkEncoded } = settings;
  const { sink } = chain.links.at(-1)!.backup;
  const shape = { codec, chunkSize, concurrentObjects, checkEncoded, ...shapeOfSink(sink) };
  const planned = planConsolidation(chain, runtime.codecs, shape);
  const { repository, projectId } = backup;
  const subjects = { backupId: id, projectId, repository };
  const admitted = { ...request, kind: "consolidate", plan: planned.memory, ...subjects } as const;
  return await admission.run(admitted, async (operation) => {
    if (!(await isCurrent(context, chain))) return false;
    await run(context, backup, { chain, runtime, codec, planned, operation, recorder });
    return true;
  });
}

/** @throws InvalidStateError if what a failed consolidation has left is locked */
async function requireSpareRoom({ catalog }: ServiceContext, id: string): Promise<void> {
  const { sparePrefix, spareLockedUntil } = await catalog.backups.find(id);
  if (sparePrefix === null) return;
  throw new InvalidStateError(
    `Cannot consolidate backup ${id}: what an earlier consolidation has left is locked until ${spareLockedUntil?.toISOString() ?? "its hold is released"}`,
  );
}

interface Work {
  readonly chain: Chain;
  readonly runtime: Runtime;
  readonly codec: Codec | undefined;
  readonly planned: PlannedConsolidation;
  readonly operation: RunningOperation;
  /** Appends to the signed history. */
  readonly recorder: HistoryRecorder | undefined;
}

async function run(context: ServiceContext, backup: BackupRow, work: Work): Promise<void> {
  const { operation } = work;
  // The row has room for one spare prefix: remove what an earlier consolidation left under it.
  await discardSpare(context, backup);
  await requireSpareRoom(context, backup.id);
  const { sink } = work.chain.links.at(-1)!.backup;
  const prefix = newPrefix(context, sink, backup);
  const begun = await beginConsolidation(context, backup, { prefix, operation });
  context.events.emit("consolidate.start", begun);
  let done: Consolidated;
  const locking = new ConsolidationLock(context, {
    sink: new FencedSink(sink, operation),
    prefix,
    id: backup.id,
  });
  try {
    const beforeManifest = (names: readonly string[]) => locking.lockObjects(names);
    const result = await make(context, { prefix, backupId: backup.id, beforeManifest }, work);
    await locking.lockManifest();
    const replaced = work.chain.links.at(-1)!.backup;
    const { manifestSha256, digestTableSha256 } = result;
    await work.recorder?.stored({ ...replaced, prefix, manifestSha256, digestTableSha256 }, operation.signal);
    const { volumeSize } = work.chain.plan;
    done = await completeConsolidation(context, begun, { result, volumeSize, operation });
  } catch (error) {
    await giveUp(context, begun, { error, operation });
    context.events.fail("consolidate", backup, error);
    throw error;
  }
  context.events.emit("consolidate.end", done.backup);
  // Incrementals that began meanwhile have extended the locks of what was replaced.
  await locking.repeat();
  await waitForEnd(context, done.readers, operation.signal);
  // If this fails, the next start does it; the backup is consolidated either way.
  await discardSpare(context, done.backup).catch(() => {});
}

async function make(
  { settings }: ServiceContext,
  target: Pick<ConsolidateOptions, "prefix" | "backupId" | "beforeManifest">,
  work: Work,
): Promise<BackupResult> {
  const { chain, runtime, codec, planned, operation } = work;
  const { fileSize: chunkSize, concurrentObjects, checkEncoded } = settings;
  const { signal, progress } = operation;
  const sink = new FencedSink(chain.links.at(-1)!.backup.sink, operation);
  const run = { runtime, planned, sink, signal, progress };
  const encoding = { codec, chunkSize, concurrentObjects, checkEncoded };
  return await consolidate(chain, { ...run, ...target, ...encoding });
}

/** Cleans up after a failure. Errors here do not hide the first one; the row records what is left to do. */
async function giveUp(
  context: ServiceContext,
  begun: BackupRow,
  failure: { readonly error: unknown; readonly operation: RunningOperation },
): Promise<void> {
  try {
    const row = await failConsolidation(context, begun, failure);
    // A transaction that failed may have been committed all the same, and then something else is spare.
    if (row !== undefined && row.sparePrefix === begun.sparePrefix) await discardSpare(context, row);
  } catch {
    return;
  }
}
