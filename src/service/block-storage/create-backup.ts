/** Records a backup at once and creates it in the background. */
import type { BackupRow } from "../../catalog/backups.js";
import { InvalidStateError, StorageError } from "../../errors.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { gibOf } from "../../units.js";
import { authorize } from "../access/policy.js";
import {
  type AcceptedCreation,
  describeCreation,
  failCreation,
  takeSubject,
} from "../backups/create-rows.js";
import { endTemporary, resolveSubject, type Subject } from "../backups/subject.js";
import type { ServiceContext } from "../context.js";
import { park } from "../operations/queue.js";
import { printRequest } from "../operations/queued-request.js";
import type { CreateBackupRequest } from "../requests.js";
import { checkTexts } from "../texts.js";
import type { NewBackupRequest } from "./block-storage.js";
import { findById } from "./find.js";
import { checkQuotas } from "./quotas.js";
import { startTask } from "./start-task.js";

export async function createBackup(context: ServiceContext, asked: NewBackupRequest): Promise<BackupRow> {
  authorize(context, "backup:create");
  const { catalog } = context;
  const volume = await findById(context, catalog.volumes, "Volume", asked.volumeId);
  if (asked.snapshotId !== undefined)
    await findById(context, catalog.snapshots, "Snapshot", asked.snapshotId);
  const request = requestOf(asked);
  checkTexts(request);
  const subject = await resolveSubject(context, request);
  try {
    const accepted = await accept(context, request, subject);
    if (context.queuesWork) await queueCreation(context, request, accepted);
    else startCreation(context, request, accepted);
    return (await catalog.backups.byId(accepted.row.id))!;
  } catch (error) {
    if (subject.snapshot?.temporary) await endTemporary(context, subject.snapshot);
    throw error;
  }

  function requestOf({
    name,
    description,
    metadata,
    container,
    ...rest
  }: NewBackupRequest): CreateBackupRequest {
    return {
      volume: volume.id,
      snapshot: rest.snapshotId,
      name: name ?? undefined,
      description: description ?? undefined,
      metadata,
      container,
      availabilityZone: rest.availabilityZone,
      incremental: rest.isIncremental,
      force: rest.force,
    };
  }
}

/** Leaves an accepted backup to a worker, which makes a temporary snapshot again if it needs one. */
async function queueCreation(
  context: ServiceContext,
  { incremental }: CreateBackupRequest,
  { row, volume, subject: { snapshot } }: AcceptedCreation,
): Promise<void> {
  const { settings, host } = context;
  const { isEncrypted } = await host.openRepository(settings.repository);
  const snapshotId = snapshot?.temporary === false ? snapshot.id : undefined;
  const request = printRequest({ incremental, force: true, settings, isEncrypted });
  const work = { kind: "backup", backupId: row.id, volumeId: volume.id, snapshotId, request } as const;
  await context.catalog.transaction((tables) => park(tables, context, work));
  if (snapshot?.temporary) await endTemporary(context, snapshot);
}

/** Creates an accepted backup in the background. */
export function startCreation(
  context: ServiceContext,
  request: CreateBackupRequest,
  accepted: AcceptedCreation,
): void {
  const { row, volume, subject, stopping: signal } = accepted;
  startTask(context, {
    ...{ resourceType: "VOLUME_BACKUP", resourceId: row.id },
    ...{ actionId: "013", action: "create backup", isHeavy: true },
    number: accepted.queued?.number,
    run: async () =>
      (await import("../backups/create.js")).createBackup(context, { ...request, signal }, accepted),
    settle: async ({ error, isStopped: isParked }) => {
      if (accepted.hasBegun) return;
      const { snapshot } = subject;
      const { queued } = accepted;
      await failCreation(context, { row, volume, snapshot, operation: undefined, isParked, queued }, error);
      if (snapshot?.temporary) await endTemporary(context, snapshot);
    },
  });
}

/** Adds the rows, in one transaction with the check of the quotas. */
async function accept(
  context: ServiceContext,
  request: CreateBackupRequest,
  subject: Subject,
): Promise<AcceptedCreation> {
  const { catalog, host } = context;
  const sink = await openSink(context);
  const volume = subject.volume!;
  const { snapshot } = subject;
  return await catalog.transaction(async (tables) => {
    const size = snapshot?.size ?? volume.size;
    await checkQuotas(context, tables, { kind: "backup", size: gibOf(size) });
    const parentId = request.incremental ? await parentOf(context, tables, subject) : null;
    const creation = { request, sink, size, parentId, known: volume, snapshot, volume };
    const row = describeCreation(context, creation);
    const before = await takeSubject(tables, { volumeId: volume.id, snapshot, holder: host.holder });
    await tables.backups.insert(row);
    const { signal: stopping } = context.background;
    return { row, subject, volume: before, hasBegun: false, stopping };
  });
}

async function openSink({ host, settings }: ServiceContext): Promise<ObjectSink> {
  try {
    return await host.openRepository(settings.repository);
  } catch (cause) {
    const message = "Service cinder-backup could not be found.";
    throw new StorageError(message, { call: "open", status: "temporary", cause });
  }
}

/** The present parent; it is chosen again when the backup's turn has come. */
async function parentOf(
  { settings, caller }: ServiceContext,
  { backups }: Pick<ServiceContext["catalog"], "backups">,
  { volume, snapshot }: Subject,
): Promise<string> {
  const candidates = { before: snapshot?.createdAt, projectId: caller.projectId };
  const latest = await backups.latestAvailable(volume!.id, settings.repository, candidates);
  if (latest !== undefined) return latest.id;
  throw new InvalidStateError("Invalid backup: No backups available to do an incremental backup.");
}
