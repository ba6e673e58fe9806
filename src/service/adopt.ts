/** Adds a backup to the catalog that was found in a repository or described by an imported record. */
import type { NewBackup } from "../catalog/backups.js";
import type { CatalogTables } from "../catalog/catalog.js";
import type { Layer } from "../chain/layer.js";
import { parseCreatedAt } from "../format/fields.js";
import { coveredSize } from "../format/manifest.js";
import { readVolumeMetadata } from "../format/volume-metadata.js";
import { gibOf } from "../units.js";
import { ownerOf } from "./caller.js";
import type { ServiceContext } from "./context.js";
import { isRecordable, recordable } from "./texts.js";

export interface Adoption {
  /** Bytes of all its objects. */
  readonly storedSize: number;
  readonly repository: string;
  /** Whether the backup belongs to the owner that its description names, instead of to the caller. */
  readonly keepOwner: boolean;
}

/** The user and the project that a description names; the caller's where it names none. */
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
export function rowOf(context: ServiceContext, layer: Layer, stored: Adoption): NewBackup {
  const { settings, host } = context;
  const { manifest, backup, manifestSha256 } = layer;
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

/**
 * Adds the volume of a backup if the catalog lacks it, without a source: only the user knows that. Its size is 0 until
 * a full backup of it is found, because an incremental does not contain it.
 */
export async function addVolume(
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
