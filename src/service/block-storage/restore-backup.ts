/** Records a restore at once and runs it in the background. */
import type { BackupRow } from "../../catalog/backups.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { GIB, gibOf } from "../../units.js";
import { ownerOf } from "../access/caller.js";
import { authorize } from "../access/policy.js";
import type { TakenOperation } from "../backups/create-rows.js";
import {
  type AcceptedRestoration,
  beginRestore,
  giveUpRestore,
  type Restoration,
} from "../backups/restore-rows.js";
import type { ServiceContext } from "../context.js";
import { park } from "../operations/queue.js";
import { type Destination, newPath, resolveDestination } from "../volumes/destination.js";
import type { NewRestoreRequest, RestoreAccepted } from "./block-storage.js";
import { findById } from "./find.js";
import { checkQuotas } from "./quotas.js";
import { startTask } from "./start-task.js";

export async function restoreBackup(
  context: ServiceContext,
  id: string,
  { volumeId, name }: NewRestoreRequest,
): Promise<RestoreAccepted> {
  authorize(context, "backup:restore");
  const { backups, volumes } = context.catalog;
  const backup = await findById(context, backups, "Backup", id);
  requireAvailable(backup);
  if (volumeId === undefined) {
    const volume = await addVolume(context, {
      name: name ?? `restore_backup_${backup.id}`,
      description: "auto-created_from_restore_from_backup",
      size: backup.size,
    });
    return await restoreIntoNew(context, backup, volume);
  }
  const volume = await findById(context, volumes, "Volume", volumeId);
  if (volume.status !== "available")
    throw new InvalidStateError("Invalid volume: Volume to be restored to must be available");
  const size = gibOf(volume.size);
  if (backup.size > size)
    throw new InvalidStateError(
      `Invalid volume: volume size ${size} is too small to restore backup of size ${backup.size}.`,
    );
  return await restoreInto(context, backup, volume);
}

export function requireAvailable({ status }: BackupRow): void {
  if (status !== "available") throw new InvalidStateError("Invalid backup: Backup status must be available");
}

interface NewVolumeRow extends Partial<VolumeRow> {
  /** GiB. */
  readonly size: number;
}

/** The row of a volume that has no data yet, held by this process, within the project's quotas. */
export async function addVolume(context: ServiceContext, { size, ...row }: NewVolumeRow): Promise<VolumeRow> {
  const { catalog, settings } = context;
  return await catalog.transaction(async (tables) => {
    await checkQuotas(context, tables, { kind: "volume", size });
    return await tables.volumes.insert({
      ...ownerOf(context),
      id: crypto.randomUUID(),
      status: "creating",
      holder: context.host.holder,
      availabilityZone: settings.availabilityZone,
      ...row,
      size: size * GIB,
    });
  });
}

/** Restores into a volume that was added for the restore, and removes it if the restore cannot begin. */
export async function restoreIntoNew(
  context: ServiceContext,
  backup: BackupRow,
  volume: VolumeRow,
): Promise<RestoreAccepted> {
  try {
    return await restoreInto(context, backup, volume);
  } catch (error) {
    await context.catalog.volumes.remove(volume.id);
    throw error;
  }
}

/** Restores into a volume whose status allows it; one without data gets a file of its size. */
async function restoreInto(
  context: ServiceContext,
  backup: BackupRow,
  volume: VolumeRow,
): Promise<RestoreAccepted> {
  const isNew = volume.source === null;
  const destination: Destination = isNew
    ? {
        ...{ volume, path: newPath(context, volume.id), name: volume.name ?? volume.id },
        ...{ isNew, isUseForced: false, sizeMin: volume.size },
      }
    : await resolveDestination(context, backup, { backup: backup.id, volume: volume.id, force: true });
  const volumeSize = volume.size;
  const restoration = await beginRestore(context, { backup, destination, volumeSize, operation: undefined });
  if (context.queuesWork) {
    const work = { kind: "restore", backupId: backup.id, volumeId: restoration.volumeId } as const;
    await context.catalog.transaction((tables) => park(tables, context, work));
  } else startRestoration(context, restoration);
  return { backupId: backup.id, volume };
}

/** Runs an accepted restore in the background. */
export function startRestoration(
  context: ServiceContext,
  restoration: Restoration,
  queued?: TakenOperation,
): void {
  const { signal: stopping } = context.background;
  const accepted: AcceptedRestoration = { ...restoration, isKept: true, hasBegun: false, stopping, queued };
  const { backup, volumeId: volume } = restoration;
  const request = { backup: backup.id, volume, force: true, signal: stopping };
  startTask(context, {
    ...{ resourceType: "VOLUME_BACKUP", resourceId: backup.id },
    ...{ actionId: "015", action: "restore backup", isHeavy: true },
    number: queued?.number,
    run: async () => (await import("../backups/restore.js")).restoreBackup(context, request, accepted),
    settle: async ({ isStopped: isParked }) => {
      if (!accepted.hasBegun)
        await giveUpRestore(context, accepted, { isTouched: false, isCancelled: false, isParked, queued });
    },
  });
}
