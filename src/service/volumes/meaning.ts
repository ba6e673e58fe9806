/**
 * Resolves a user's word for a volume to a volume or a path:
 *
 *     an ID of the catalog means that volume
 *     a URL is that of an NBD export
 *     a text with a slash is a path, or else the name of a volume
 *     any other text is the name of a volume, or else a file or device in the working directory
 *
 * If a text is both the name of a volume and a path of something else, it is rejected rather than guessed: the wrong
 * one would be read, or overwritten.
 */
import type { VolumeRow } from "../../catalog/volumes.js";
import { isAshlarError, NotFoundError, UsageError } from "../../errors.js";
import { volumeStatus } from "../../sources/open.js";
import { allows } from "../access/policy.js";
import { findNamed, findVisible, isVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";

export interface Meaning {
  /** The catalog's volume. */
  readonly volume: VolumeRow | undefined;
  /** Absolute path of an existing file or device that is no volume of the catalog. */
  readonly path: string | undefined;
}

interface NamedPath {
  readonly path: string;
  /** Whether a file or device exists there. */
  readonly isThere: boolean;
  /** The volume that is registered there. */
  readonly volume: VolumeRow | undefined;
}

/**
 * The volume or path to be read or written.
 * @throws UsageError for a text that means two things, naming both and how to specify each; for a name that several
 *   volumes have
 */
export async function meaningOf(context: ServiceContext, given: string): Promise<Meaning> {
  if (given === "-")
    throw new UsageError(
      'Cannot use "-" as a volume: it is standard input or output here; want a name, an ID or a path, or ./- for a file of that name',
    );
  return await decide(context, given, await lookUpPath(context, given));
}

/**
 * The catalog's volume, where only a volume can be meant: a file of that name that is no volume does not matter, and the
 * beginning of an ID counts.
 * @throws UsageError as `meaningOf`
 */
async function findVolume(context: ServiceContext, given: string): Promise<VolumeRow | undefined> {
  const at = await lookUpPath(context, given);
  const { volume } = await decide(context, given, { ...at, isThere: false });
  return volume ?? (await found(findVisible(context, context.catalog.volumes, given)));
}

/** Like `findVolume`. @throws NotFoundError */
export async function getVolume(context: ServiceContext, given: string): Promise<VolumeRow> {
  const volume = await findVolume(context, given);
  if (volume !== undefined) return volume;
  throw new NotFoundError(`No volume with a name or ID of "${given}" exists`);
}

/**
 * The ID of the volume whose backups are wanted; the volume itself may be gone.
 * @throws NotFoundError when the catalog has neither the volume nor a backup of it
 */
export async function volumeIdFor(context: ServiceContext, given: string): Promise<string> {
  const volume = await findVolume(context, given);
  if (volume !== undefined) return volume.id;
  const [backup] = await context.catalog.backups.list({ volumeId: given }, { limit: 1 });
  if (backup !== undefined && isVisible(context, backup)) return given;
  throw new NotFoundError(
    `No volume with a name or ID of "${given}" exists, and no backup of one with that ID`,
  );
}

async function decide(context: ServiceContext, given: string, at: NamedPath): Promise<Meaning> {
  const named = await volumeNamed(context, given);
  if (named?.id === given || given === "") return { volume: named, path: undefined };
  const { path, isThere, volume } = at;
  if (named === undefined) return { volume, path: isThere && volume === undefined ? path : undefined };
  if (volume === undefined ? !isThere || (await isSourceOf(context, named, path)) : volume.id === named.id)
    return { volume: named, path: undefined };
  throw ambiguity(given, named, path);
}

/**
 * The catalog's volume of that id, name or source.
 * @throws UsageError for a name that several volumes have
 */
export async function volumeNamed(context: ServiceContext, given: string): Promise<VolumeRow | undefined> {
  return await found(findNamed(context, context.catalog.volumes, given));
}

/** `undefined` instead of a failure because there is none. */
async function found<R>(finding: Promise<R>): Promise<R | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (!isAshlarError(error, "not-found")) throw error;
    return undefined;
  }
}

/** A caller that may not name paths of the host never finds a file there. */
async function lookUpPath(context: ServiceContext, given: string): Promise<NamedPath> {
  const { host, catalog } = context;
  const path = host.resolvePath(given);
  const realPath = await host.realPath(path);
  const known =
    (await catalog.volumes.bySource(path)) ??
    (realPath === path ? undefined : await catalog.volumes.bySource(realPath));
  const volume = known !== undefined && isVisible(context, known) ? known : undefined;
  const mayUsePath = allows(context, "volume_extension:volume_manage");
  const kind = mayUsePath ? (await volumeStatus(host, path))?.kind : undefined;
  // A volume may have the same name as a directory here.
  const isThere = kind !== undefined && (kind !== "directory" || given.includes("/"));
  return { path, isThere, volume };
}

async function isSourceOf({ host }: ServiceContext, { source }: VolumeRow, path: string): Promise<boolean> {
  return source !== null && (await host.realPath(source)) === (await host.realPath(path));
}

function ambiguity(given: string, named: VolumeRow, path: string): UsageError {
  const where = named.source === null ? "" : ` at "${named.source}"`;
  const asPath = given.includes("/") ? `"${path}" by another path` : `./${given}`;
  return new UsageError(
    `Cannot decide what "${given}" means, volume ${named.id}${where} or "${path}": give the ID for the volume, or ${asPath} for the path`,
  );
}
