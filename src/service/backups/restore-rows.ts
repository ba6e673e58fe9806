/** The rows of a restore while it runs: backup and volume are taken together, and released together. */
import type { BackupRow } from "../../catalog/backups.js";
import type { CatalogTables } from "../../catalog/catalog.js";
import type { VolumeRow, Volumes } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { readVolumeMetadata } from "../../format/volume-metadata.js";
import type { ServiceContext } from "../context.js";
import { requireLease } from "../operations/fence.js";
import { isDead } from "../operations/liveness.js";
import { park } from "../operations/queue.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { BACKUP_STATES, VOLUME_STATES } from "../states/states.js";
import { isRecordable, recordable } from "../texts.js";
import type { Destination } from "../volumes/destination.js";
import { checkUnregistered, describeVolume } from "../volumes/volumes.js";
import type { TakenOperation } from "./create-rows.js";

export interface Restoration {
  readonly backup: BackupRow;
  readonly destination: Destination;
  readonly volumeId: string;
  /** The volume as it was; `undefined` if the restore has added it. */
  readonly before: VolumeRow | undefined;
  /** Whether a failed restore leaves even a new volume in error, so that its user sees what happened to it. */
  readonly isKept?: boolean;
}

/** A restore that has taken its backup and its volume before its turn came. */
export interface AcceptedRestoration extends Restoration {
  /** Whether its turn has come: after that, the restore itself settles a failure. */
  hasBegun: boolean;
  /** Aborted when the process is stopped: the work is then parked instead of given up. */
  readonly stopping: AbortSignal;
  /** The operation, if it was queued and this process has taken it. */
  readonly queued?: TakenOperation | undefined;
}

interface NewRestoration {
  readonly backup: BackupRow;
  readonly destination: Destination;
  /** Bytes. */
  readonly volumeSize: number;
  /** `undefined` before the operation has been admitted. */
  readonly operation: RunningOperation | undefined;
}

/** @throws InvalidStateError when the backup or the volume is taken, or the path has become a volume */
export async function beginRestore(
  context: ServiceContext,
  { backup, destination, volumeSize, operation }: NewRestoration,
): Promise<Restoration> {
  const { path: source, name } = destination;
  const described = describeVolume(context, { source, name, size: volumeSize });
  const volumeId = destination.volume?.id ?? described.id;
  const held = { holder: context.host.holder };
  const dead = await deadMakers(context, volumeId);
  return await context.catalog.transaction(async (tables) => {
    const { volumes, backups, operations, snapshots } = tables;
    if (operation !== undefined) await requireLease(tables, operation, `restore backup ${backup.id}`);
    const unfinished = await snapshots.list({ volumeId, status: "creating" });
    if (unfinished.some(({ holder }) => holder !== null && !dead.has(holder)))
      throw new InvalidStateError(`Cannot restore into volume ${volumeId}: a snapshot of it is being made`);
    if (destination.volume === undefined) {
      await checkUnregistered(context, volumes, source);
      await volumes.insert(described);
    }
    const current = await volumes.byId(volumeId);
    const isAsSeen = current?.source === (destination.volume ?? described).source;
    const taken = { ...held, previousStatus: current?.status ?? null, source };
    const restoring = { ...held, restoreVolumeId: volumeId };
    // The volume of a new request is this process's from the start.
    const event = current?.holder === held.holder ? "restore-new" : "restore";
    if (
      !isAsSeen ||
      !(await VOLUME_STATES.move(volumes, volumeId, event, taken)) ||
      !(await BACKUP_STATES.move(backups, backup.id, "restore", restoring))
    ) {
      throw new InvalidStateError(
        `Cannot restore backup ${backup.id}: another operation on it or on volume ${volumeId} has just begun`,
      );
    }
    if (operation !== undefined) await operations.update(operation.number, { volumeId });
    return { backup, destination, volumeId, before: destination.volume && current };
  });
}

/** The dead processes among those that began a snapshot of the volume: the next start cleans up after them. */
async function deadMakers(context: ServiceContext, volumeId: string): Promise<ReadonlySet<string>> {
  const dead = new Set<string>();
  for (const { holder } of await context.catalog.snapshots.list({ volumeId, status: "creating" }))
    if (holder !== null && (await isDead(context, holder))) dead.add(holder);
  return dead;
}

interface Restored {
  /** Actual size of the volume, bytes. */
  readonly targetSize: number;
  /** The operation under whose lease the rows are changed. */
  readonly operation: RunningOperation;
  /** The manifest's. */
  readonly volumeMetadata: string | null;
  /** Bytes that a salvage could not restore. @default {0} */
  readonly lostSize?: number;
}

export async function completeRestore(
  { catalog }: ServiceContext,
  { backup, destination, volumeId, before }: Restoration,
  { targetSize, volumeMetadata, operation, lostSize = 0 }: Restored,
): Promise<{ backup: BackupRow; volume: VolumeRow }> {
  return await catalog.transaction(async (tables) => {
    const { volumes, backups } = tables;
    await requireLease(tables, operation, `complete restore of backup ${backup.id}`);
    const failReason = lostSize === 0 ? null : `Cannot restore ${lostSize} of its bytes: they are damaged`;
    await BACKUP_STATES.move(backups, backup.id, "restored", { failReason, holder: null });
    const described = await describeRestored(volumes, { volumeId, backup, volumeMetadata });
    const { metadata } = described;
    const isElsewhere = volumeId !== backup.volumeId || metadata.src_backup_id !== undefined;
    const isOurs = await VOLUME_STATES.move(volumes, volumeId, "restored", {
      ...described,
      holder: null,
      metadata: {
        ...metadata,
        ...(isElsewhere && { src_backup_id: backup.id }),
        ...(lostSize > 0 && { [LOST_BYTES]: `${lostSize}` }),
      },
      ...((before === undefined || destination.isNew) && { size: targetSize }),
    });
    if (!isOurs)
      throw new InvalidStateError(`Cannot complete restore of backup ${backup.id}: its volume was reset`);
    return { backup: (await backups.byId(backup.id))!, volume: (await volumes.byId(volumeId))! };
  });
}

/** Metadata of a volume that a salvage has restored in part. */
const LOST_BYTES = "salvage_lost_bytes";

interface Described {
  readonly volumeId: string;
  readonly backup: BackupRow;
  /** The manifest's. */
  readonly volumeMetadata: string | null;
}

/** Names of volumes that only a restore has named. */
const MADE_BY_RESTORE = /^(restore_backup_.*)?$/;

/**
 * The backup's description of its volume, restored as the reference system does: user metadata of that time, and the
 * texts if no user has given any. A name that another volume already has is not used again.
 */
async function describeRestored(
  volumes: Volumes,
  { volumeId, backup, volumeMetadata }: Described,
): Promise<Pick<VolumeRow, "name" | "description" | "metadata" | "bootable" | "encryptionKeyId">> {
  const volume = (await volumes.byId(volumeId))!;
  const known = readVolumeMetadata(volumeMetadata);
  const kept = recordable({
    description: known.description ?? null,
    metadata: known.userMetadata ?? withoutLoss(volume.metadata),
  });
  const isUnnamed = MADE_BY_RESTORE.test(volume.name ?? "");
  const { name = "" } = known;
  const isFree =
    isRecordable(name) &&
    name.trim() !== "" &&
    (await volumes.list({ name, projectId: volume.projectId })).length === 0;
  const { src_backup_id: source } = volume.metadata;
  return {
    name: isUnnamed && isFree ? name : volume.name,
    description: isUnnamed ? (kept.description ?? volume.description) : volume.description,
    metadata: { ...kept.metadata, ...(source !== undefined && { src_backup_id: source }) },
    bootable: known.bootable || volume.bootable,
    encryptionKeyId: known.encryptionKeyId ?? backup.encryptionKeyId ?? volume.encryptionKeyId,
  };
}

function withoutLoss(metadata: VolumeRow["metadata"]): VolumeRow["metadata"] {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== LOST_BYTES));
}

interface GivenUp {
  /** Whether the contents of the target may have changed. */
  readonly isTouched: boolean;
  /** Whether another process cancelled the restore. */
  readonly isCancelled: boolean;
  /** The reason for the backup's row; none if nothing failed. */
  readonly failReason?: string;
  /** The operation under whose lease the rows are changed; none for a restore that did not begin. */
  readonly operation?: RunningOperation;
  /** Whether the restore is left for another process. */
  readonly isParked?: boolean;
  readonly queued?: TakenOperation | undefined;
}

export async function giveUpRestore(
  context: ServiceContext,
  restoration: Restoration,
  { isTouched, isCancelled, failReason, operation, isParked = false, queued }: GivenUp,
): Promise<void> {
  const { id, restoreVolumeId } = restoration.backup;
  const isSpoilt = restoration.isKept || (isTouched && !restoration.destination.isNew);
  const letGo = {
    holder: null,
    ...(failReason !== undefined && { failReason }),
    ...(!isSpoilt && { restoreVolumeId }),
  };
  await context.catalog.transaction(async (tables) => {
    const number = operation?.number ?? queued?.number;
    // If the lease was lost, the rows are the repairer's, and may belong to the next restore already.
    if (operation !== undefined && !(await tables.operations.isHeld(operation.number))) return;
    const taken = { backupId: id, volumeId: restoration.volumeId };
    const { request } = queued ?? {};
    if (isParked && (await park(tables, context, { kind: "restore", ...taken, number, request }))) return;
    if (operation === undefined && number !== undefined)
      await tables.operations.removeHeld(number, context.host.holder);
    await BACKUP_STATES.move(tables.backups, id, "restored", letGo);
    await letGoOfVolume(tables, restoration, isSpoilt && (isCancelled ? "cancel-restore" : "fail-restore"));
  });
}

async function letGoOfVolume(
  { volumes }: CatalogTables,
  { volumeId, before }: Restoration,
  spoilt: "cancel-restore" | "fail-restore" | false,
): Promise<void> {
  if (spoilt) {
    await VOLUME_STATES.move(volumes, volumeId, spoilt, { holder: null });
  } else if (before === undefined) {
    await volumes.remove(volumeId);
  } else {
    const { status, source, previousStatus } = before;
    await VOLUME_STATES.move(volumes, volumeId, "spare", {
      status,
      holder: null,
      source,
      previousStatus,
    });
  }
}
