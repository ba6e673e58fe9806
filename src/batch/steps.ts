/** The steps of one volume: back up, and then verify, copy, and delete what retention does not keep. */

import type { BatchItemStatus } from "../catalog/batch-items.js";
import { CancelledError, StorageError } from "../errors.js";
import { throwIfCancelled } from "../pipeline/run/run.js";
import type { Batch } from "./batch.js";
import type { BatchItem, ItemStage } from "./item.js";

/** User metadata of a backup: the run that made it. A resumed run finds its backups by it. */
export const RUN_KEY = "ashlar_batch_run";

/** Backs up the volume, from a snapshot if one is given. Failures end the item and are not thrown. */
export async function backUp(batch: Batch, item: BatchItem, snapshot: string | undefined): Promise<void> {
  await attempt(batch, item, async () => {
    if (item.backupId !== null) return;
    const { policy, target, decision, known, source } = item.volume;
    batch.enter(item, "backup");
    const { backup } = await target.service.createBackup({
      volume: known?.id ?? source,
      name: nameOf(batch, item),
      description: policy.description,
      container: policy.container,
      metadata: { ...policy.metadata, [RUN_KEY]: batch.run.id },
      incremental: decision.isIncremental ? "auto" : false,
      snapshot,
      force: policy.force,
      batchSize: batch.size,
      signal: batch.signal,
      progress: item.progress,
    });
    item.backupId = backup.id;
    item.isIncremental = backup.parentId !== null;
    item.storedSize = backup.storedSize;
    item.volumeSize = backup.volumeSize ?? item.volumeSize;
    // Otherwise `finish` records the end at once; until then a resumed run finds the backup by its metadata.
    if (hasFurtherSteps(item)) await record(batch, item, "backed-up");
  });
}

function hasFurtherSteps({ volume: { policy } }: BatchItem): boolean {
  return policy.verify > 0 || policy.copyTo.length > 0 || policy.keep !== undefined;
}

/**
 * Verifies, copies and prunes, in this order: older backups are deleted only after the new one has proven itself and
 * its copies exist.
 */
export async function finish(batch: Batch, item: BatchItem): Promise<void> {
  await attempt(batch, item, async () => {
    const { policy } = item.volume;
    if (policy.verify > 0) await verify(batch, item);
    for (const repository of policy.copyTo) await copy(batch, item, repository);
    if (policy.keep !== undefined) await prune(batch, item);
    batch.enter(item, "done");
    await record(batch, item, "done");
  });
}

async function attempt(batch: Batch, item: BatchItem, work: () => Promise<void>): Promise<void> {
  if (item.hasEnded) return;
  try {
    throwIfCancelled(batch.signal);
    await work();
  } catch (error) {
    await fail(batch, item, error);
  }
}

/** Ends an item with a failure and records it. */
export async function fail(batch: Batch, item: BatchItem, error: unknown): Promise<void> {
  // An operation that another process has cancelled has failed; only this run's own stop leaves the item to a resumption.
  const isForeign = error instanceof CancelledError && !batch.signal.aborted;
  const shown = isForeign ? new StorageError(error.message, { call: "backup", cause: error }) : error;
  const { stage } = item;
  item.fail(shown, batch.nowMs());
  batch.tell(item);
  // A catalog that cannot be written to has caused the failure already, or will end the run.
  const status = item.stage === "stopped" ? "stopped" : PROVEN.includes(stage) ? "backed-up" : "failed";
  await record(batch, item, status).catch(() => undefined);
}

/** Stages after which a resumed run need not make the backup again: it is there, and was verified. */
const PROVEN: readonly ItemStage[] = ["copy", "prune"];

async function record(batch: Batch, item: BatchItem, status: BatchItemStatus): Promise<void> {
  const { source, isIncremental, backupId, storedSize, durationMs, reason } = item;
  const volumeSize = item.volumeSize || null;
  await batch.runs.record({
    ...{ runId: batch.run.id, source, status, isIncremental, backupId, storedSize, volumeSize },
    ...{ durationMs: durationMs === null ? null : Math.round(durationMs), reason, endedAt: batch.now() },
  });
}

async function verify(batch: Batch, item: BatchItem): Promise<void> {
  const { target, policy } = item.volume;
  batch.enter(item, "verify");
  const { verifiedObjects } = await target.service.verifyBackup({
    backup: item.backupId!,
    sample: policy.verify === 1 ? undefined : policy.verify,
    signal: batch.signal,
    progress: item.progress,
  });
  item.verifiedObjects = verifiedObjects;
}

async function copy(batch: Batch, item: BatchItem, repository: string): Promise<void> {
  const { service } = await batch.copiesTo(repository);
  batch.enter(item, "copy");
  const { signal } = batch;
  const { copiedBackups } = await service.copyBackup({
    backup: item.backupId!,
    signal,
    progress: item.progress,
  });
  item.copiedBackups += copiedBackups;
}

async function prune(batch: Batch, item: BatchItem): Promise<void> {
  const { target, policy } = item.volume;
  batch.enter(item, "prune");
  const { backup } = await target.service.findBackup(item.backupId!);
  const decisions = await target.service.pruneBackups({
    volume: backup.volumeId,
    ...policy.keep,
    signal: batch.signal,
  });
  item.deletedBackups = decisions.filter(({ isKept }) => !isKept).length;
}

/** The plan's name for backups, with its placeholders replaced. */
function nameOf(batch: Batch, { volume, group = "" }: BatchItem): string | undefined {
  const { policy, known, source } = volume;
  const values: Readonly<Record<string, string>> = {
    plan: batch.plan.name,
    volume: known?.name ?? source.slice(source.lastIndexOf("/") + 1),
    group,
    date: batch.run.startedAt.toISOString().slice(0, 10),
  };
  return policy.name?.replaceAll(/\{(plan|volume|group|date)\}/g, (_, key: string) => values[key]!);
}
