/** Volumes: rows of the catalog that point at files and devices. */
import type { NewVolume, VolumeRow, Volumes } from "../../catalog/volumes.js";
import { InvalidStateError, NotFoundError, UsageError } from "../../errors.js";
import { openSource } from "../../sources/open.js";
import { isAdmin, ownerOf } from "../access/caller.js";
import { isVisible, listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { CreateVolumeRequest } from "../requests.js";
import { VOLUME_STATES } from "../states/states.js";
import { checkName, checkPrintableName, checkTexts, isRecordable } from "../texts.js";
import { checkHere, isHere } from "./here.js";
import { getVolume, meaningOf } from "./meaning.js";

/** A volume of the catalog, or one that would be added to it. */
export interface ResolvedVolume {
  readonly volume: VolumeRow | undefined;
  /** Absolute path of the volume's file or device. */
  readonly source: string;
}

export async function createVolume(
  context: ServiceContext,
  request: CreateVolumeRequest,
): Promise<VolumeRow> {
  const { name } = request;
  checkTexts(request);
  const source = context.host.resolvePath(request.source);
  const opened = await openSource(context.host, source);
  await opened.close();
  const { description = null, metadata = {} } = request;
  const described = describeVolume(context, { source, name, size: opened.size });
  return await context.catalog.transaction(async ({ volumes }) => {
    await checkUnregistered(context, volumes, source);
    const known = await sourcelessNamed(context, volumes, name);
    if (known === undefined) {
      checkName(name);
      return await volumes.insert({ ...described, description, metadata });
    }
    await volumes.update(known.id, {
      source,
      size: opened.size,
      ...(request.description !== undefined && { description }),
      metadata: { ...known.metadata, ...metadata },
    });
    return (await volumes.byId(known.id))!;
  });
}

/** @throws InvalidStateError when the source already belongs to a volume */
export async function checkUnregistered(
  context: ServiceContext,
  volumes: Volumes,
  source: string,
): Promise<void> {
  const known = await volumes.bySource(source);
  if (known === undefined) return;
  const named = isVisible(context, known) ? `volume ${known.id} ("${known.name}")` : "a volume";
  throw new InvalidStateError(`Cannot register "${source}": it is ${named} already`);
}

/**
 * The volume, known from its backups alone, that is given a source under its name or id.
 * @throws InvalidStateError when the name is taken; UsageError when several volumes without a source have it
 */
async function sourcelessNamed(
  context: ServiceContext,
  volumes: Volumes,
  nameOrId: string,
): Promise<VolumeRow | undefined> {
  const exact = await volumes.byId(nameOrId);
  const isKnown = exact !== undefined && isVisible(context, exact);
  const namesakes = isKnown ? [exact] : await namesakesOf(context, volumes, nameOrId);
  const taken = namesakes.find(({ source }) => source !== null);
  if (taken !== undefined) {
    throw new InvalidStateError(`Cannot create volume "${nameOrId}": volume ${taken.id} has that name`);
  }
  if (namesakes.length > 1) {
    const ids = namesakes.map(({ id }) => id).join(", ");
    throw new UsageError(
      `Cannot decide which volume "${nameOrId}" is meant: give one of the IDs ${ids} as its name`,
    );
  }
  return namesakes[0];
}

/** The caller's project's volumes of this name; an admin without one may mean another project's that has no source. */
async function namesakesOf(context: ServiceContext, volumes: Volumes, name: string): Promise<VolumeRow[]> {
  const own = await volumes.list({ name, ...listScope(context) });
  if (own.length > 0 || !isAdmin(context.caller)) return own;
  return await volumes.list({ name, source: null });
}

interface VolumeDescription {
  /** Null for a volume whose bytes came in a stream. */
  readonly source: string | null;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** The volume's row, not added yet. */
export function describeVolume(context: ServiceContext, description: VolumeDescription): NewVolume {
  return {
    ...ownerOf(context),
    ...description,
    id: crypto.randomUUID(),
    status: "available",
    availabilityZone: context.settings.availabilityZone,
    createdAt: context.host.clock.now(),
  };
}

/**
 * The name of a volume that is registered by its path: the file's name, or the whole path if a volume of the project
 * already has that name.
 * @throws UsageError for a file whose name cannot be shown
 */
export async function nameForPath(context: ServiceContext, volumes: Volumes, path: string): Promise<string> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  checkPrintableName(name);
  if ((await volumes.list({ name, ...listScope(context) })).length === 0) return name;
  return isRecordable(path) ? path : crypto.randomUUID();
}

/**
 * The volume that a user means, or the path of an existing file or device.
 * @throws NotFoundError when it is neither; UsageError when it may be both
 */
export async function resolveVolume(context: ServiceContext, given: string): Promise<ResolvedVolume> {
  const { volume, path } = await meaningOf(context, given);
  if (volume !== undefined) return { volume, source: sourceOf(volume) };
  if (path !== undefined) return { volume: undefined, source: path };
  throw new NotFoundError(
    `No volume with a name or ID of "${given}" exists, and no file or device with that path`,
  );
}

/** @throws InvalidStateError for a volume that is only known from its backups, or is on another host */
function sourceOf(volume: VolumeRow): string {
  checkHere(`volume ${volume.id}`, volume.source);
  if (volume.source !== null) return volume.source;
  throw new InvalidStateError(
    `Cannot use volume ${volume.id}: it is known from its backups only; say where it is with volume create "${volume.name ?? volume.id}" --source PATH`,
  );
}

export async function deleteVolume(context: ServiceContext, given: string): Promise<VolumeRow> {
  const volume = await getVolume(context, given);
  VOLUME_STATES.check(volume, "delete");
  return await context.admission.run({ kind: "delete", volumeId: volume.id }, async () => {
    const held = { holder: context.host.holder };
    if (!(await VOLUME_STATES.move(context.catalog.volumes, volume.id, "delete", held))) {
      throw new InvalidStateError(
        `Cannot delete volume ${volume.id}: another operation on it has just begun`,
      );
    }
    await finishDeleteVolume(context, volume);
    return volume;
  });
}

/** Removes what is left of a volume in status `deleting`; may be repeated. */
export async function finishDeleteVolume(
  { catalog, host, settings }: ServiceContext,
  { id, source }: VolumeRow,
): Promise<void> {
  if (!isHere(source)) host.warn?.(`if a restore has made "${source}", it stays on that host`);
  try {
    if (source?.startsWith(`${volumeDirectory({ settings, host })}/`)) await host.fileSystem.remove(source);
  } catch (error) {
    await VOLUME_STATES.move(catalog.volumes, id, "fail-delete", { holder: null });
    throw error;
  }
  await catalog.volumes.remove(id);
}

/** Directory in which restores create the files of new volumes. */
export function volumeDirectory({ settings, host }: Pick<ServiceContext, "settings" | "host">): string {
  return host.resolvePath(`${settings.stateDirectory}/volumes`);
}
