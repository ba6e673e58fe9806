/** Volumes: rows of the catalog that point at files and devices. */
import type { NewVolume, VolumeRecord } from "../catalog/volumes.js";
import { InvalidStateError, isAshlarError, NotFoundError, UsageError } from "../errors.js";
import { openFileSource } from "../sources/file.js";
import { OWNER, type ServiceContext } from "./context.js";
import type { CreateVolumeRequest } from "./service.js";
import { checkVolumeStatus } from "./states.js";

/** A volume that is in the catalog, or one that would be added to it. */
export interface ResolvedVolume {
  readonly volume: VolumeRecord | undefined;
  /** Absolute path of what the volume is. */
  readonly source: string;
}

export async function createVolume(
  context: ServiceContext,
  request: CreateVolumeRequest,
): Promise<VolumeRecord> {
  const source = context.host.resolvePath(request.source);
  const volume = await newVolume(context, source, request.name);
  const { description = null, metadata = {} } = request;
  return await registerVolume(context, { ...volume, description, metadata });
}

/** A row for what is at `source`, not added yet. @throws NotFoundError, UsageError when no volume is there */
export async function newVolume(context: ServiceContext, source: string, name: string): Promise<NewVolume> {
  checkName(name);
  const opened = await openFileSource(context.host.fileSystem, source);
  await opened.close();
  return describeVolume(context, { source, name, size: opened.size });
}

/** @throws InvalidStateError when the source belongs to a volume already, or a volume has that name */
export async function registerVolume(context: ServiceContext, volume: NewVolume): Promise<VolumeRecord> {
  return await context.catalog.transaction(async ({ volumes }) => {
    const known = volume.source == null ? undefined : await volumes.bySource(volume.source);
    if (known !== undefined) {
      const named = `volume ${known.id} ("${known.name}")`;
      throw new InvalidStateError(`Cannot register "${volume.source}": it is ${named} already`);
    }
    const [namesake] = await volumes.list({ name: volume.name ?? null });
    if (namesake === undefined) return await volumes.insert(volume);
    return await adopt(volumes, namesake, volume);
  });
}

/** A volume known from its backups alone takes the source that it is now said to be. */
async function adopt(
  volumes: ServiceContext["catalog"]["volumes"],
  known: VolumeRecord,
  { source = null, size }: NewVolume,
): Promise<VolumeRecord> {
  if (known.source !== null) {
    throw new InvalidStateError(`Cannot create volume "${known.name}": volume ${known.id} has that name`);
  }
  await volumes.update(known.id, { source, size });
  return { ...known, source, size };
}

interface VolumeDescription {
  readonly source: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export function describeVolume(context: ServiceContext, description: VolumeDescription): NewVolume {
  return {
    ...OWNER,
    ...description,
    id: crypto.randomUUID(),
    status: "available",
    availabilityZone: context.settings.availabilityZone,
    createdAt: context.host.clock.now(),
  };
}

/**
 * The volume that a user means: a name or id in the catalog, else the path of something that is there.
 * @throws NotFoundError when it is neither
 */
export async function resolveVolume(context: ServiceContext, given: string): Promise<ResolvedVolume> {
  const volume = await findVolume(context, given);
  if (volume !== undefined) return { volume, source: sourceOf(volume) };
  const source = context.host.resolvePath(given);
  if ((await context.host.fileSystem.status(source)) !== undefined) return { volume: undefined, source };
  throw new NotFoundError(
    `No volume with a name or ID of "${given}" exists, and no file or device with that path`,
  );
}

/** The catalog's volume that `given` names: by id, name, or path. */
export async function findVolume(context: ServiceContext, given: string): Promise<VolumeRecord | undefined> {
  const { volumes } = context.catalog;
  try {
    return await volumes.find(given);
  } catch (error) {
    if (!isAshlarError(error, "not-found")) throw error;
    return await volumes.bySource(context.host.resolvePath(given));
  }
}

/** Like `findVolume`. @throws NotFoundError */
export async function getVolume(context: ServiceContext, given: string): Promise<VolumeRecord> {
  const volume = await findVolume(context, given);
  if (volume !== undefined) return volume;
  throw new NotFoundError(`No volume with a name or ID of "${given}" exists`);
}

/** @throws InvalidStateError for a volume that is only known from its backups */
export function sourceOf(volume: VolumeRecord): string {
  if (volume.source !== null) return volume.source;
  throw new InvalidStateError(
    `Cannot use volume ${volume.id}: it is known from its backups only; say where it is with volume create "${volume.name}" --source PATH`,
  );
}

/** The last part of a path, which names a volume that registers itself. */
export function nameOfPath(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export async function deleteVolume(context: ServiceContext, given: string): Promise<VolumeRecord> {
  const volume = await getVolume(context, given);
  checkVolumeStatus(volume, "delete");
  if (!(await context.catalog.volumes.transition(volume.id, [volume.status], "deleting"))) {
    throw new InvalidStateError(`Cannot delete volume ${volume.id}: another operation on it has just begun`);
  }
  if (volume.source?.startsWith(`${volumeDirectory(context)}/`))
    await context.host.fileSystem.remove(volume.source);
  await context.catalog.volumes.remove(volume.id);
  return volume;
}

/** Where restores make the files of new volumes. */
export function volumeDirectory(context: ServiceContext): string {
  return `${context.settings.stateDirectory}/volumes`;
}

const NAME_LENGTH_MAX = 255;

/** @throws UsageError for a name that could not be shown or recorded */
export function checkName(name: string): void {
  const hasControl = [...name].some((character) => character < " " || character === "\x7f");
  if (name.trim() === "" || name.length > NAME_LENGTH_MAX || hasControl) {
    const wanted = `want 1 to ${NAME_LENGTH_MAX} characters, none of them a control character`;
    throw new UsageError(`Cannot use name ${JSON.stringify(name)}: ${wanted}`);
  }
}
