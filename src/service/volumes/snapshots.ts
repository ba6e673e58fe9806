/** Creates, registers, changes and deletes snapshots of volumes. The host freezes the views. */
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { openSource } from "../../sources/open.js";
import { ownerOf } from "../access/caller.js";
import { findVisible, listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { CreateSnapshotRequest, ListOptions, UpdateSnapshotRequest } from "../requests.js";
import { SNAPSHOT_STATES } from "../states/states.js";
import { checkName, checkTexts } from "../texts.js";
import { checkHere, isHere } from "./here.js";
import { getVolume } from "./meaning.js";

/**
 * The data's timestamp is the row's, taken before the view is frozen: a backup of the snapshot is then never taken for
 * newer than it is, and the next incremental checks every change since.
 */
export async function createSnapshot(
  context: ServiceContext,
  request: CreateSnapshotRequest,
): Promise<SnapshotRow> {
  const { name, description = null, metadata = {}, temporary = false } = request;
  if (name !== undefined) checkName(name);
  checkTexts(request);
  const volume = await getVolume(context, request.volume);
  if (volume.source === null)
    throw new InvalidStateError(`Cannot snapshot volume ${volume.id}: it is known from its backups only`);
  checkHere(`volume ${volume.id}`, volume.source);
  if (request.source !== undefined) return await register(context, volume, request);
  return await freeze(context, { volume, name, description, metadata, temporary });
}

interface Texts {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

async function register(
  context: ServiceContext,
  volume: VolumeRow,
  {
    name = null,
    description = null,
    metadata = {},
    source: given = "",
  }: Texts & { readonly source?: string | undefined },
): Promise<SnapshotRow> {
  const source = context.host.resolvePath(given);
  if (source === volume.source)
    throw new InvalidStateError(`Cannot register "${source}" as a snapshot: it is the volume itself`);
  const opened = await openSource(context.host, source);
  await opened.close();
  return await context.catalog.snapshots.insert({
    ...{ ...ownerOf(context), id: crypto.randomUUID(), volumeId: volume.id, name, description, metadata },
    ...{ status: "available", kind: "registered", source, size: opened.size },
  });
}

interface NewView {
  readonly volume: VolumeRow;
  readonly name?: string | undefined;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly temporary: boolean;
}

/** The row comes before the view, so that a view left by a dead process belongs to a row that can be deleted. */
export async function freeze(context: ServiceContext, view: NewView): Promise<SnapshotRow> {
  const { catalog, host } = context;
  const { volume, name, description, metadata, temporary } = view;
  const id = crypto.randomUUID();
  const location = await host.snapshots.plan(volume.source!, id);
  return await context.admission.run({ kind: "snapshot", volumeId: volume.id }, async () => {
    const row = await catalog.snapshots.insert({
      ...{
        ...ownerOf(context),
        id,
        volumeId: volume.id,
        name: name ?? null,
        description,
        metadata,
        temporary,
      },
      ...{ ...location, status: "creating", size: volume.size, holder: host.holder },
    });
    try {
      await host.snapshots.create(volume.source!, location);
      const opened = await openSource(host, location.source);
      await opened.close();
      // A temporary snapshot is held by this process until its backup has ended.
      const changes = { holder: temporary ? host.holder : null, size: opened.size };
      await SNAPSHOT_STATES.move(catalog.snapshots, id, "complete", changes);
      return { ...row, ...changes, status: "available" };
    } catch (error) {
      await host.snapshots.remove(location).catch(() => undefined);
      await catalog.snapshots.remove(id);
      throw error;
    }
  });
}

/** Lists snapshots, of one volume if it is named. */
export async function listSnapshots(
  context: ServiceContext,
  volume: string | undefined,
  { allProjects }: ListOptions = {},
): Promise<SnapshotRow[]> {
  return await context.catalog.snapshots.list({
    ...listScope(context, allProjects),
    ...(volume !== undefined && { volumeId: (await getVolume(context, volume)).id }),
  });
}

export async function updateSnapshot(
  context: ServiceContext,
  request: UpdateSnapshotRequest,
): Promise<SnapshotRow> {
  const { name, description, metadata = {} } = request;
  if (name !== undefined) checkName(name);
  checkTexts(request);
  const { catalog } = context;
  const snapshot = await findVisible(context, catalog.snapshots, request.snapshot);
  await catalog.snapshots.update(snapshot.id, {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    metadata: { ...snapshot.metadata, ...metadata },
  });
  return await catalog.snapshots.find(snapshot.id);
}

export async function deleteSnapshot(context: ServiceContext, nameOrId: string): Promise<SnapshotRow> {
  const { catalog, host } = context;
  const snapshot = await findVisible(context, catalog.snapshots, nameOrId);
  SNAPSHOT_STATES.check(snapshot, "delete");
  if (snapshot.kind !== "registered") checkHere(`snapshot ${snapshot.id}`, snapshot.source);
  return await context.admission.run({ kind: "delete", volumeId: snapshot.volumeId }, async () => {
    const held = { holder: host.holder };
    if (!(await SNAPSHOT_STATES.move(catalog.snapshots, snapshot.id, "delete", held)))
      throw new InvalidStateError(
        `Cannot delete snapshot ${snapshot.id}: another operation on it has just begun`,
      );
    await finishDeleteSnapshot(context, snapshot);
    return snapshot;
  });
}

/** Removes what is left of a snapshot in status `deleting`; may be repeated. A registered view stays in place. */
export async function finishDeleteSnapshot(
  { catalog, host }: ServiceContext,
  snapshot: SnapshotRow,
): Promise<void> {
  try {
    if (snapshot.kind !== "registered") await host.snapshots.remove(snapshot);
  } catch (error) {
    await SNAPSHOT_STATES.move(catalog.snapshots, snapshot.id, "fail-delete", { holder: null });
    throw error;
  }
  await catalog.snapshots.remove(snapshot.id);
}

/** Repairs a dead process's snapshot: removes it if it is unfinished or temporary, which only its own host can. */
export async function repairSnapshot(context: ServiceContext, dead: SnapshotRow): Promise<void> {
  const isRead = dead.status === "backing-up" && !dead.temporary;
  if (!isRead && !isHere(dead.source)) return;
  const { snapshots } = context.catalog;
  const { holder } = context.host;
  const isClaimed = await context.catalog.transaction(async (tables) => {
    const row = await tables.snapshots.byId(dead.id);
    if (row === undefined || row.holder !== dead.holder || row.status !== dead.status) return false;
    return await tables.snapshots.update(dead.id, { holder });
  });
  if (!isClaimed) return;
  if (isRead) {
    await SNAPSHOT_STATES.move(snapshots, dead.id, "backed-up", { holder: null });
    return;
  }
  await SNAPSHOT_STATES.move(snapshots, dead.id, "abandon");
  await finishDeleteSnapshot(context, dead);
}
