/** The destination of a restore: checks that it may be written to, and opens the target there. */
import type { BackupRow } from "../../catalog/backups.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError, NotFoundError } from "../../errors.js";
import { checkVolumeKind } from "../../sources/file.js";
import { isVolumeUrl, openTarget, volumeStatus } from "../../sources/open.js";
import type { VolumeTarget } from "../../sources/volume.js";
import { authorize } from "../access/policy.js";
import type { ServiceContext } from "../context.js";
import type { RestoreBackupRequest } from "../requests.js";
import { VOLUME_STATES } from "../states/states.js";
import { checkName } from "../texts.js";
import { checkHere } from "./here.js";
import { meaningOf } from "./meaning.js";
import { checkNotOwn } from "./own-places.js";
import { nameForPath, volumeDirectory } from "./volumes.js";

export interface Destination {
  /** The volume's row if the volume is registered. */
  readonly volume: VolumeRow | undefined;
  readonly path: string;
  readonly name: string;
  /** Whether a file is created for it. */
  readonly isNew: boolean;
  /** Whether the existing file or device may be in use. */
  readonly isUseForced: boolean;
  /** Minimum size, in bytes, of a file that is created. */
  readonly sizeMin?: number;
}

/** Restoring to a path of the host takes the same permission as registering one. */
const MANAGE = "volume_extension:volume_manage";

/**
 * @throws InvalidStateError for a target that may not be overwritten; UsageError for an invalid name or one that means
 *   two things; ForbiddenError for a path when the caller may not name one
 */
export async function resolveDestination(
  context: ServiceContext,
  backup: BackupRow,
  request: RestoreBackupRequest,
): Promise<Destination> {
  const given = request.volume ?? `restore_backup_${backup.id}`;
  const { volume, path: there } = await meaningOf(context, given);
  const destination =
    volume === undefined ? await unregistered(context, given, there) : await known(context, volume, request);
  const { path, isNew } = destination;
  const isUseForced = request.forceInUse ?? false;
  if (!isVolumeUrl(path)) await checkNotOwn(context, backup, path);
  if (isNew) await checkNewPath(context, path);
  else await checkExisting(context, { ...destination, isUseForced }, request);
  return { ...destination, isUseForced };
}

type Resolved = Omit<Destination, "isUseForced">;

async function unregistered(
  context: ServiceContext,
  given: string,
  there: string | undefined,
): Promise<Resolved> {
  if (there === undefined && !given.includes("/")) {
    checkName(given);
    return { volume: undefined, path: newPath(context), name: given, isNew: true };
  }
  authorize(context, MANAGE);
  const path = there ?? context.host.resolvePath(given);
  const name = await nameForPath(context, context.catalog.volumes, path);
  return { volume: undefined, path, name, isNew: there === undefined };
}

async function known(
  context: ServiceContext,
  volume: VolumeRow,
  request: RestoreBackupRequest,
): Promise<Resolved> {
  const name = volume.name ?? volume.id;
  VOLUME_STATES.check(volume, "restore");
  // Known from its backups alone, as all volumes are after the catalog was lost: there is nothing to overwrite.
  if (volume.source === null) return { volume, path: newPath(context), name, isNew: true };
  checkHere(`volume ${volume.id}`, volume.source);
  const path = volume.source;
  const isNew = (await volumeStatus(context.host, path)) === undefined;
  if (isNew) checkMissing(request, `volume ${volume.id} ("${name}")`, path);
  return { volume, path, name, isNew };
}

/** A missing file is created again only on request, because its file system may just not be mounted. */
function checkMissing({ force }: RestoreBackupRequest, existing: string, path: string): void {
  if (force || path.startsWith(DEVICES)) return;
  throw new InvalidStateError(
    `Cannot restore into ${existing}: its file "${path}" is not there; mount what it lies on, or use --force to make it again`,
  );
}

const DEVICES = "/dev/";
/** A file system in memory, where files are fine. */
const SHARED_MEMORY = "/dev/shm/";

/** A missing path below `/dev` is a device that is not there, or a typing error: a file would fill the memory. */
async function checkNewPath({ host }: ServiceContext, path: string): Promise<void> {
  const real = await host.realPath(path);
  if (!real.startsWith(DEVICES) || real.startsWith(SHARED_MEMORY)) return;
  throw new NotFoundError(
    `Cannot restore into "${path}": there is no such device, and no files are made below /dev`,
  );
}

async function checkExisting(
  context: ServiceContext,
  { volume, path, name, isUseForced }: Destination,
  { force }: RestoreBackupRequest,
): Promise<void> {
  const { host } = context;
  if (!isVolumeUrl(path)) await checkVolumeKind(host.fileSystem, path);
  const real = await host.realPath(path);
  const location = real === path ? `"${path}"` : `"${path}", which is "${real}"`;
  const existing = volume === undefined ? location : `volume ${volume.id} ("${name}") at ${location}`;
  if (!force) {
    const state = isVolumeUrl(path)
      ? "a restore overwrites what is there, and makes nothing that is missing"
      : "it exists";
    throw new InvalidStateError(`Cannot restore into ${existing}: ${state}; use --force to overwrite it`);
  }
  if (!isUseForced) await checkUnused(context, path, existing);
  host.warn?.(`overwriting ${existing}`);
}

async function checkUnused({ host }: ServiceContext, path: string, existing: string): Promise<void> {
  const users = await host.usersOf(path, { forWriting: true });
  if (users.length === 0) return;
  throw new InvalidStateError(
    `Cannot restore into ${existing}: it is in use (${users.join("; ")}); end that, or use --force-in-use, which destroys what is using it`,
  );
}

/** Path for the data of a new volume. @default {a name of its own} */
export function newPath(context: ServiceContext, id: string = crypto.randomUUID()): string {
  return `${volumeDirectory(context)}/volume-${id}`;
}

/** @throws InvalidStateError, before anything is written, when the target is smaller than `size` bytes or now in use */
export async function openDestination(
  context: ServiceContext,
  { path, isNew, isUseForced, sizeMin = 0 }: Destination,
  { size, signal }: { readonly size: number; readonly signal: AbortSignal },
): Promise<VolumeTarget> {
  const { fileSystem } = context.host;
  const directory = volumeDirectory(context);
  if (isNew && path.startsWith(`${directory}/`)) await fileSystem.makeDirectory(directory);
  if (!isNew && !isUseForced) await checkUnused(context, path, `"${path}"`);
  const target = await openTarget(context.host, path, {
    size: isNew ? Math.max(size, sizeMin) : 0,
    create: isNew,
    isShared: isUseForced,
    signal,
  });
  if (target.size >= size) return target;
  await target.close();
  throw new InvalidStateError(
    `volume size ${target.size} is too small to restore backup of size ${size} (bytes)`,
  );
}
