/** Adds a backup to the catalog that was found in a repository or imported by a record. */
import type { BackupRow, NewBackup } from "../../catalog/backups.js";
import type { CatalogTables } from "../../catalog/catalog.js";
import type { ChainLink } from "../../chain/link.js";
import type { StoredBackup } from "../../chain/stored-backup.js";
import { InvalidStateError, NotFoundError } from "../../errors.js";
import { parseCreatedAt } from "../../format/fields.js";
import { coveredSize } from "../../format/manifest.js";
import { manifestName } from "../../format/names.js";
import { readVolumeMetadata } from "../../format/volume-metadata.js";
import { gibOf } from "../../units.js";
import { ownerOf } from "../access/caller.js";
import type { ServiceContext } from "../context.js";
import { isRecordable, recordable } from "../texts.js";

export interface Adoption {
  /** Bytes of all its objects. */
  readonly storedSize: number;
  readonly repository: string;
  /** Whether the backup belongs to the owner that its description names, instead of to the caller. */
  readonly keepOwner: boolean;
}

/** User and project of a stored backup, from its description; the caller's if it has none. */
export function ownerIn(
  context: ServiceContext,
  { userId, projectId }: { readonly [Field in "userId" | "projectId"]?: string | null | undefined },
): { readonly userId: string; readonly projectId: string } {
  const { caller } = context;
  // A user without its project would own nothing that can be seen.
  if (projectId == null || !isRecordable(projectId)) return ownerOf(context);
  const isUserKnown = userId != null && isRecordable(userId);
  return { userId: isUserKnown ? userId : caller.userId, projectId };
}

/** The row of a stored backup, derived from its manifest alone. */
export function rowOf(context: ServiceContext, link: ChainLink, stored: Adoption): NewBackup {
  const { settings, host } = context;
  const { manifest, backup, manifestSha256 } = link;
  const { storedSize, repository, keepOwner } = stored;
  const described = readVolumeMetadata(manifest.volumeMetadata);
  const createdAt = parseCreatedAt(manifest.createdAt) ?? host.clock.now();
  // A full backup covers the whole volume; an incremental does not show its size.
  const volumeSize = manifest.parentId === null ? coveredSize(manifest) : null;
  return {
    ...(keepOwner ? ownerIn(context, described) : ownerOf(context)),
    ...{ storedSize, repository },
    id: manifest.backupId,
    volumeId: manifest.volumeId,
    status: "available",
    availabilityZone: settings.availabilityZone,
    container: backup.container,
    serviceMetadata: backup.prefix,
    service: backup.sink.service,
    parentId: manifest.parentId,
    name: manifest.backupName,
    description: manifest.backupDescription,
    objectCount: manifest.objects.length,
    size: described.size ?? gibOf(volumeSize ?? 0),
    volumeSize,
    manifestSha256,
    encryptionKeyId: described.encryptionKeyId ?? null,
    volumeMetadata: manifest.volumeMetadata,
    dataTimestamp: createdAt,
    createdAt,
  };
}

/** Rejects a row that may not be added. */
export type AdoptionCheck = (tables: CatalogTables, row: NewBackup) => Promise<void>;

/**
 * Adds the row of a stored backup whose manifest was read, and its volume. A backup that is deleted meanwhile must not
 * come back: the row of the deletion stays until the manifest is gone.
 * @returns `undefined` if the catalog has the backup already
 * @throws NotFoundError for a backup that was deleted since its manifest was read; InvalidStateError for objects that
 *   are shared with another backup and are being deleted with it
 */
export async function adopt(
  context: ServiceContext,
  { sink, container, prefix }: StoredBackup,
  row: NewBackup,
  check?: AdoptionCheck,
): Promise<BackupRow | undefined> {
  const { catalog } = context;
  const added = await catalog.transaction(async (tables) => {
    if ((await tables.backups.byId(row.id)) !== undefined) return undefined;
    await checkNotDeleted(tables, row);
    await check?.(tables, row);
    await addVolume(tables, context, row);
    return await tables.backups.insert(row);
  });
  if (added === undefined || (await sink.size(container, manifestName(prefix))) !== undefined) return added;
  await catalog.backups.remove(row.id);
  throw new NotFoundError(`Cannot add backup ${row.id}: it was deleted while it was read`);
}

async function checkNotDeleted({ backups }: Pick<CatalogTables, "backups">, row: NewBackup): Promise<void> {
  const { repository, container = null, serviceMetadata = null } = row;
  const owners = await backups.list({ repository, container, serviceMetadata });
  // A consolidation leaves the objects under its spare prefix until their readers have ended.
  const [spare] = await backups.list({ repository, container, sparePrefix: serviceMetadata });
  const deleted = spare ?? owners.find(({ status }) => status === "deleting" || status === "error_deleting");
  if (deleted === undefined) return;
  throw new InvalidStateError(
    `Cannot add backup ${row.id}: its objects are being deleted with ${deleted.id}`,
  );
}

/**
 * Adds the volume of a backup if the catalog lacks it, without a source: the user sets it later. Its size is
 * 0 until a full backup of it is found, because an incremental does not record it.
 */
async function addVolume(
  { volumes }: Pick<CatalogTables, "volumes">,
  context: ServiceContext,
  row: NewBackup,
): Promise<void> {
  const size = row.volumeSize ?? 0;
  const known = await volumes.byId(row.volumeId);
  if (known !== undefined) {
    if (known.source === null && known.size === 0) await volumes.update(known.id, { size });
    return;
  }
  const described = readVolumeMetadata(row.volumeMetadata ?? null);
  const { name = "", description = null, bootable, userMetadata = {} } = described;
  // A record may name the key of a volume whose description does not.
  const encryptionKeyId = described.encryptionKeyId ?? row.encryptionKeyId ?? null;
  await volumes.insert({
    userId: row.userId ?? null,
    projectId: row.projectId ?? null,
    id: row.volumeId,
    name: name.trim() !== "" && isRecordable(name) ? name : row.volumeId,
    status: "available",
    size,
    ...recordable({ description, metadata: userMetadata }),
    bootable,
    encryptionKeyId,
    availabilityZone: context.settings.availabilityZone,
    createdAt: context.host.clock.now(),
  });
}
