/** Changing what a volume is called, and the file or device that it is. */
import type { VolumeRow, Volumes } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { openSource } from "../../sources/open.js";
import { listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { UpdateVolumeRequest } from "../requests.js";
import { VOLUME_STATES } from "../states/states.js";
import { checkName } from "../texts.js";
import { getVolume } from "./meaning.js";
import { checkUnregistered } from "./volumes.js";

interface Source {
  readonly source: string;
  /** Bytes. */
  readonly size: number;
}

export async function updateVolume(
  context: ServiceContext,
  request: UpdateVolumeRequest,
): Promise<VolumeRow> {
  const { name } = request;
  if (name !== undefined) checkName(name);
  const { id } = await getVolume(context, request.volume);
  const moved = request.source === undefined ? undefined : await sizedSource(context, request.source);
  return await context.catalog.transaction(async ({ volumes }) => {
    const volume = await volumes.find(id);
    if (name !== undefined) await checkNameFree(context, volumes, volume, name);
    if (moved !== undefined) await checkMovable(context, volumes, volume, moved);
    await volumes.update(id, { ...(name !== undefined && { name }), ...moved });
    return await volumes.find(id);
  });
}

/** @throws NotFoundError, UsageError for a path at which no volume is */
async function sizedSource({ host }: ServiceContext, path: string): Promise<Source> {
  const source = host.resolvePath(path);
  const opened = await openSource(host, source);
  await opened.close();
  return { source, size: opened.size };
}

async function checkNameFree(
  context: ServiceContext,
  volumes: Volumes,
  { id }: VolumeRow,
  name: string,
): Promise<void> {
  const taken = (await volumes.list({ name, ...listScope(context) })).find((other) => other.id !== id);
  if (taken === undefined) return;
  throw new InvalidStateError(`Cannot rename volume ${id} to "${name}": volume ${taken.id} has that name`);
}

async function checkMovable(
  context: ServiceContext,
  volumes: Volumes,
  { id, status, source: current }: VolumeRow,
  { source }: Source,
): Promise<void> {
  if (source !== current) await checkUnregistered(context, volumes, source);
  if (VOLUME_STATES.allows("reset", status)) return;
  throw new InvalidStateError(`Cannot change the source of volume ${id} to "${source}": it is ${status}`);
}
