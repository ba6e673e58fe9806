/** Creates volumes: empty, or with the data of a snapshot, a volume or a backup. */
import { PARKED } from "../../catalog/operations.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError, UsageError } from "../../errors.js";
import { openFileTarget } from "../../sources/file.js";
import { gibOf } from "../../units.js";
import { authorize } from "../access/policy.js";
import type { ServiceContext } from "../context.js";
import { VOLUME_STATES } from "../states/states.js";
import { checkTexts } from "../texts.js";
import { newPath } from "../volumes/destination.js";
import { checkHere } from "../volumes/here.js";
import { volumeDirectory } from "../volumes/volumes.js";
import type { NewVolumeRequest } from "./block-storage.js";
import { copyData } from "./copy-data.js";
import { findById } from "./find.js";
import { addVolume, requireAvailable, restoreIntoNew } from "./restore-backup.js";
import { startTask } from "./start-task.js";

/** The data that a new volume starts with. */
interface Origin {
  /** GiB; 0 for an empty volume. */
  readonly size: number;
  /** Path of the data to be copied. */
  readonly path?: string | undefined;
}

export async function createVolume(context: ServiceContext, request: NewVolumeRequest): Promise<VolumeRow> {
  authorize(context, "volume:create");
  const { name = null, description = null, metadata = {}, backupId, snapshotId, sourceVolumeId } = request;
  checkTexts({ metadata, description: description ?? undefined });
  const origins = { snapshotId: snapshotId ?? null, sourceVolumeId: sourceVolumeId ?? null };
  if (backupId !== undefined) return await createFromBackup(context, request, backupId);
  const origin = await originOf(context, request);
  const size = request.size ?? origin.size;
  checkSize(size, origin, sourceVolumeId === undefined ? "snapshot" : "volume");
  const zone = request.availabilityZone;
  const volume = await addVolume(context, {
    ...{ name, description, metadata, ...origins },
    ...(zone !== undefined && { availabilityZone: zone }),
    size,
  });
  startFilling(context, volume, origin);
  return volume;
}

function startFilling(context: ServiceContext, volume: VolumeRow, origin: Origin): void {
  const { volumes } = context.catalog;
  startTask(context, {
    ...{ resourceType: "VOLUME", resourceId: volume.id },
    ...{ actionId: "001", action: "schedule allocate volume", isHeavy: false },
    run: () => fill(context, volume, origin),
    settle: async ({ isStopped }) => {
      if (isStopped) await volumes.update(volume.id, { holder: PARKED });
      else await VOLUME_STATES.move(volumes, volume.id, "fail-create", { holder: null });
    },
  });
}

/** Continues a creation that was parked; its row is already this process's. */
export async function resumeCreation(context: ServiceContext, volume: VolumeRow): Promise<void> {
  const { snapshotId, sourceVolumeId } = volume;
  try {
    const origins = { snapshotId: snapshotId ?? undefined, sourceVolumeId: sourceVolumeId ?? undefined };
    startFilling(context, volume, await originOf(context, origins));
  } catch (error) {
    await VOLUME_STATES.move(context.catalog.volumes, volume.id, "fail-create", { holder: null });
    throw error;
  }
}

async function createFromBackup(
  context: ServiceContext,
  request: NewVolumeRequest,
  backupId: string,
): Promise<VolumeRow> {
  const backup = await findById(context, context.catalog.backups, "Backup", backupId);
  requireAvailable(backup);
  const { name = null, description = null, metadata = {}, size = backup.size } = request;
  if (size < backup.size)
    throw new UsageError(
      `Invalid input received: Size of specified backup ${backup.size}GB must be <= volume size ${size}GB.`,
    );
  const volume = await addVolume(context, { name, description, metadata, size });
  await restoreIntoNew(context, backup, volume);
  return { ...volume, status: "creating" };
}

async function originOf(
  context: ServiceContext,
  { snapshotId, sourceVolumeId }: NewVolumeRequest,
): Promise<Origin> {
  const { snapshots, volumes } = context.catalog;
  if (snapshotId !== undefined) {
    const snapshot = await findById(context, snapshots, "Snapshot", snapshotId);
    if (snapshot.status !== "available" && snapshot.status !== "backing-up")
      throw new InvalidStateError(
        `Invalid snapshot: Originating snapshot status must be one of 'available' values. It is ${snapshot.status}`,
      );
    checkHere(`snapshot ${snapshotId}`, snapshot.source);
    return { size: gibOf(snapshot.size), path: snapshot.source };
  }
  if (sourceVolumeId === undefined) return { size: 0 };
  const volume = await findById(context, volumes, "Volume", sourceVolumeId);
  if (volume.status !== "available" || volume.source === null)
    throw new InvalidStateError(
      `Invalid volume: Unable to create a clone of a volume that is ${volume.status}`,
    );
  checkHere(`volume ${sourceVolumeId}`, volume.source);
  return { size: gibOf(volume.size), path: volume.source };
}

function checkSize(size: number, origin: Origin, noun: string): void {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new UsageError(
      `Invalid input received: Volume size '${size}' must be an integer and greater than 0`,
    );
  if (size < origin.size)
    throw new UsageError(
      `Invalid input received: Volume size '${size}'GB cannot be smaller than the ${noun} size ${origin.size}GB. They must be >= original ${noun} size.`,
    );
}

async function fill(context: ServiceContext, volume: VolumeRow, { path: from }: Origin): Promise<void> {
  const { host, catalog } = context;
  await host.fileSystem.makeDirectory(volumeDirectory(context));
  const path = newPath(context, volume.id);
  // Set before the file is created, so that a file left by a dead process belongs to a row.
  await catalog.volumes.update(volume.id, { source: path });
  if (from === undefined) {
    const target = await openFileTarget(host.fileSystem, path, { size: volume.size, create: true });
    await target.sync();
    await target.close();
  } else {
    await copyData(context, from, path, volume.size);
  }
  await VOLUME_STATES.move(catalog.volumes, volume.id, "create", { holder: null });
}
