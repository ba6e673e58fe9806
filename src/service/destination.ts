/** Where a restore goes: what the user's word for it means, and the rows that tell others of it. */
import type { BackupRecord } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import { InvalidStateError, NotFoundError } from "../errors.js";
import { openFileTarget } from "../sources/file.js";
import type { VolumeTarget } from "../sources/volume.js";
import type { ServiceContext } from "./context.js";
import { allows, authorize } from "./policy.js";
import type { RestoreBackupRequest } from "./requests.js";
import { VOLUME_STATES } from "./states.js";
import { checkName } from "./texts.js";
import { findVolume, nameForPath, volumeDirectory } from "./volumes.js";

export interface Destination {
  /** The volume's row, where there is one. */
  readonly volume: VolumeRecord | undefined;
  readonly path: string;
  readonly name: string;
  /** Whether a file is made for it. */
  readonly isNew: boolean;
}

/** Naming a path of the host takes it, as registering one does. */
const MANAGE = "volume_extension:volume_manage";

/**
 * @throws InvalidStateError for what may not be overwritten; UsageError for a name that cannot be given;
 *   ForbiddenError for a path, from a caller who may not name one
 */
export async function resolveDestination(
  context: ServiceContext,
  backup: BackupRecord,
  request: RestoreBackupRequest,
): Promise<Destination> {
  const given = request.volume ?? `restore_backup_${backup.id}`;
  const volume = await findVolume(context, given);
  if (volume !== undefined) return await known(context, volume, request);
  const mayUsePath = allows(context, MANAGE);
  // A directory cannot be meant, but a volume may have the name of one that happens to be here.
  const path = context.host.resolvePath(given);
  const kind = given === "" || !mayUsePath ? undefined : (await context.host.fileSystem.status(path))?.kind;
  const isPath = given.includes("/") || (kind !== undefined && kind !== "directory");
  if (!isPath) {
    checkName(given);
    return { volume: undefined, path: newPath(context), name: given, isNew: true };
  }
  authorize(context, MANAGE);
  if (kind !== undefined) requireForce(request, `"${path}"`);
  const name = await nameForPath(context, context.catalog.volumes, path);
  return { volume: undefined, path, name, isNew: kind === undefined };
}

async function known(
  context: ServiceContext,
  volume: VolumeRecord,
  request: RestoreBackupRequest,
): Promise<Destination> {
  const name = volume.name ?? volume.id;
  VOLUME_STATES.check(volume, "restore");
  // Known from its backups alone, as all are after the catalog was lost: there is nothing to overwrite.
  if (volume.source === null) return { volume, path: newPath(context), name, isNew: true };
  const path = volume.source;
  const isNew = (await context.host.fileSystem.status(path)) === undefined;
  const existing = `volume ${volume.id} ("${name}")`;
  if (isNew) checkMissing(request, existing, path);
  else requireForce(request, existing);
  return { volume, path, name, isNew };
}

/** A file is made again where that is asked for: it may be that its file system is not mounted. A device never is. */
function checkMissing({ force }: RestoreBackupRequest, existing: string, path: string): void {
  if (path.startsWith("/dev/"))
    throw new NotFoundError(`Cannot restore into ${existing}: its device "${path}" is not there`);
  if (!force)
    throw new InvalidStateError(
      `Cannot restore into ${existing}: its file "${path}" is not there; mount what it lies on, or use --force to make it again`,
    );
}

function newPath(context: ServiceContext): string {
  return `${volumeDirectory(context)}/volume-${crypto.randomUUID()}`;
}

function requireForce({ force }: RestoreBackupRequest, existing: string): void {
  if (force) return;
  throw new InvalidStateError(`Cannot restore into ${existing}: it exists; use --force to overwrite it`);
}

/** @throws InvalidStateError, before anything is written, when it has fewer than `size` bytes */
export async function openDestination(
  context: ServiceContext,
  { path, isNew }: Destination,
  size: number,
): Promise<VolumeTarget> {
  const { fileSystem } = context.host;
  const directory = volumeDirectory(context);
  if (isNew && path.startsWith(`${directory}/`)) await fileSystem.makeDirectory(directory);
  const target = await openFileTarget(fileSystem, path, { size: isNew ? size : 0, create: isNew });
  if (target.size >= size) return target;
  await target.close();
  throw new InvalidStateError(
    `volume size ${target.size} is too small to restore backup of size ${size} (bytes)`,
  );
}
