/** Accepts a backup and queues it for a worker, of this host or of another. */
import { PARKED } from "../../catalog/operations.js";
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError, NotFoundError, UsageError } from "../../errors.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { addQueued } from "../operations/queue.js";
import { printRequest } from "../operations/queued-request.js";
import type { BackupView, QueueBackupRequest } from "../requests.js";
import { SNAPSHOT_STATES, VOLUME_STATES } from "../states/states.js";
import { checkName, checkTexts } from "../texts.js";
import { isHere } from "../volumes/here.js";
import { meaningOf } from "../volumes/meaning.js";
import { createVolume, nameForPath } from "../volumes/volumes.js";
import { describeCreation, takeSubject } from "./create-rows.js";
import { findBackup } from "./list.js";
import { checkUnused } from "./subject.js";

export async function queueBackup(context: ServiceContext, request: QueueBackupRequest): Promise<BackupView> {
  if (request.name !== undefined) checkName(request.name);
  checkTexts(request);
  const volume = await volumeFor(context, request.volume);
  return await findBackup(context, await queueCreation(context, { request, volume }));
}

interface NewQueued {
  readonly request: QueueBackupRequest;
  readonly volume: VolumeRow;
}

/** Adds the rows and the operation in one transaction. Resolves to the backup's id. */
async function queueCreation(context: ServiceContext, { request, volume }: NewQueued): Promise<string> {
  const { catalog, settings, host } = context;
  const snapshot = await checkSubject(context, { request, volume });
  const sink = await host.openRepository(settings.repository);
  const { incremental, force, batchSize, checkEncoded = settings.checkEncoded } = request;
  return await catalog.transaction(async (tables) => {
    const parentId = incremental ? await parentOf(context, tables, { request, volume }) : null;
    const size = snapshot?.size ?? volume.size;
    const creation = { request, sink, size, parentId, known: volume, snapshot, volume };
    const row = { ...describeCreation(context, creation), holder: PARKED };
    const { id: backupId } = row;
    // Of a volume in use, a worker will read a temporary snapshot; the volume itself stays as it is.
    const isFrozen = snapshot === undefined && volume.status === "in-use" && settings.useTempSnapshot;
    if (!isFrozen) await takeSubject(tables, { volumeId: volume.id, snapshot, holder: PARKED });
    await tables.backups.insert(row);
    await addQueued(tables, catalog.host, {
      ...{ kind: "backup", backupId, volumeId: volume.id, snapshotId: snapshot?.id },
      request: printRequest({
        incremental,
        force: force ?? false,
        batchSize,
        settings: { ...settings, checkEncoded },
        isEncrypted: sink.isEncrypted,
      }),
    });
    return backupId;
  });
}

/** The volume, of whatever host; a file or device of this one is registered. */
async function volumeFor(context: ServiceContext, given: string): Promise<VolumeRow> {
  const { volume, path } = await meaningOf(context, given);
  if (volume !== undefined && volume.source !== null) return volume;
  if (volume !== undefined)
    throw new UsageError(`Cannot queue a backup of volume ${volume.id}: it is known from its backups only`);
  if (path === undefined)
    throw new NotFoundError(`No volume with a name or ID of "${given}" exists, and no file with that path`);
  const name = await nameForPath(context, context.catalog.volumes, path);
  return await createVolume(context, { name, source: path });
}

/** The snapshot to be read, if one is. @throws InvalidStateError when the state does not allow a backup */
async function checkSubject(
  context: ServiceContext,
  { request, volume }: NewQueued,
): Promise<SnapshotRow | undefined> {
  if (request.snapshot !== undefined) {
    const snapshot = await findVisible(context, context.catalog.snapshots, request.snapshot);
    if (snapshot.volumeId !== volume.id)
      throw new InvalidStateError(
        `Invalid volume ${volume.id}: Volume ${volume.id} does not match with snapshot.volume_id ${snapshot.volumeId}.`,
      );
    SNAPSHOT_STATES.check(snapshot, "backup");
    return snapshot;
  }
  VOLUME_STATES.check(volume, "backup");
  // On another host, its worker checks.
  if (!request.force && isHere(volume.source)) await checkUnused(context, volume.id, volume.source!);
  return undefined;
}

/** The present parent; it is chosen again when the backup begins. */
async function parentOf(
  { settings, caller }: ServiceContext,
  { backups }: Pick<ServiceContext["catalog"], "backups">,
  { request, volume }: NewQueued,
): Promise<string | null> {
  const { projectId } = caller;
  const latest = await backups.latestAvailable(volume.id, settings.repository, {
    before: undefined,
    projectId,
  });
  if (latest !== undefined) return latest.id;
  if (request.incremental === "auto") return null;
  throw new InvalidStateError("Invalid backup: No backups available to do an incremental backup.");
}
