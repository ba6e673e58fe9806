/** Records snapshots at once and takes them in the background: by shared blocks where possible, else by copying. */
import type { SnapshotRow, SnapshotStatus } from "../../catalog/snapshots.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError } from "../../errors.js";
import { gibOf } from "../../units.js";
import { ownerOf } from "../access/caller.js";
import { authorize } from "../access/policy.js";
import type { ServiceContext } from "../context.js";
import { SNAPSHOT_STATES } from "../states/states.js";
import { checkTexts } from "../texts.js";
import { checkHere } from "../volumes/here.js";
import { finishDeleteSnapshot } from "../volumes/snapshots.js";
import type { NewSnapshotRequest, RowChanges } from "./block-storage.js";
import { copyData } from "./copy-data.js";
import { findById } from "./find.js";
import { checkQuotas } from "./quotas.js";
import { startTask } from "./start-task.js";

export async function createSnapshot(
  context: ServiceContext,
  { volumeId, name = null, description = null, metadata = {}, force = false }: NewSnapshotRequest,
): Promise<SnapshotRow> {
  authorize(context, "volume:create_snapshot");
  const { catalog, host } = context;
  checkTexts({ metadata, description: description ?? undefined });
  const volume = await findById(context, catalog.volumes, "Volume", volumeId);
  await requireFreezable(context, volume, force);
  checkHere(`volume ${volumeId}`, volume.source);
  const id = crypto.randomUUID();
  const location = await host.snapshots.plan(volume.source!, id);
  const row = await catalog.transaction(async (tables) => {
    await checkQuotas(context, tables, { kind: "snapshot", size: gibOf(volume.size) });
    const texts = { name, description, metadata };
    const state = { status: "creating", size: volume.size, holder: host.holder } as const;
    return await tables.snapshots.insert({
      ...ownerOf(context),
      id,
      volumeId,
      ...texts,
      ...location,
      ...state,
    });
  });
  startTask(context, {
    ...{ resourceType: "VOLUME_SNAPSHOT", resourceId: id },
    ...{ actionId: "010", action: "create snapshot", isHeavy: false },
    run: () => freeze(context, volume, row),
    settle: async () => {
      await SNAPSHOT_STATES.move(catalog.snapshots, id, "fail-create", { holder: null });
    },
  });
  return row;
}

/** A copy is consistent only if nobody writes to the volume meanwhile. */
async function requireFreezable(
  { host }: ServiceContext,
  { id, status, source }: VolumeRow,
  force: boolean,
): Promise<void> {
  if (status !== "available" && !(force && status === "in-use"))
    throw new InvalidStateError(
      `Invalid volume: Volume ${id} status must be available, but current status is: ${status}.`,
    );
  if (source === null) throw new InvalidStateError(`Invalid volume: Volume ${id} has no data.`);
  if (!force && (await host.usersOf(source)).length > 0)
    throw new InvalidStateError(`Invalid volume: Volume ${id} is in use.`);
}

async function freeze(context: ServiceContext, volume: VolumeRow, row: SnapshotRow): Promise<void> {
  const { catalog, host } = context;
  const { kind, source } = row;
  if (kind === "reflink") await copyData(context, volume.source!, source, volume.size);
  else await host.snapshots.create(volume.source!, { kind, source });
  await SNAPSHOT_STATES.move(catalog.snapshots, row.id, "complete", { holder: null });
}

export async function updateSnapshot(
  context: ServiceContext,
  id: string,
  changes: RowChanges,
): Promise<SnapshotRow> {
  authorize(context, "volume:update_snapshot");
  const { snapshots } = context.catalog;
  await findById(context, snapshots, "Snapshot", id);
  checkTexts({ ...changes, description: changes.description ?? undefined });
  await snapshots.update(id, changes as Partial<SnapshotRow>);
  return await findById(context, snapshots, "Snapshot", id);
}

export async function deleteSnapshot(
  context: ServiceContext,
  id: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  const forced = "volume_extension:snapshot_admin_actions:force_delete";
  authorize(context, force ? forced : "volume:delete_snapshot");
  const snapshot = await findById(context, context.catalog.snapshots, "Snapshot", id);
  await removeSnapshot(context, snapshot, { force });
}

export async function removeSnapshot(
  context: ServiceContext,
  snapshot: SnapshotRow,
  { force }: { readonly force: boolean },
): Promise<void> {
  if (snapshot.kind !== "registered") checkHere(`snapshot ${snapshot.id}`, snapshot.source);
  const held = { holder: context.host.holder };
  const isTaken = await context.catalog.transaction(async ({ snapshots }) => {
    const current = await snapshots.byId(snapshot.id);
    if (current === undefined || current.holder !== null) return false;
    return await SNAPSHOT_STATES.move(snapshots, snapshot.id, force ? "abandon" : "delete", held);
  });
  if (!isTaken) throw new InvalidStateError("Invalid snapshot: Snapshot status must be available or error.");
  await finishDeleteSnapshot(context, snapshot);
}

/** Sets the status of a snapshot that is made outside the service. */
export async function updateSnapshotStatus(
  context: ServiceContext,
  id: string,
  status: SnapshotStatus,
  progress?: string,
): Promise<void> {
  authorize(context, "snapshot_extension:snapshot_actions:update_snapshot_status");
  await setStatus(context, id, status, progress);
}

export async function resetSnapshot(
  context: ServiceContext,
  id: string,
  status: SnapshotStatus,
): Promise<void> {
  authorize(context, "volume_extension:snapshot_admin_actions:reset_status");
  await setStatus(context, id, status);
}

/** @throws InvalidStateError while an operation works on the snapshot */
async function setStatus(
  context: ServiceContext,
  id: string,
  status: SnapshotStatus,
  progress?: string,
): Promise<void> {
  await findById(context, context.catalog.snapshots, "Snapshot", id);
  const isSet = await context.catalog.transaction(async ({ snapshots }) => {
    const current = await snapshots.byId(id);
    return (
      current?.holder === null &&
      (await snapshots.update(id, { status, ...(progress !== undefined && { progress }) }))
    );
  });
  if (!isSet) throw new InvalidStateError(`Invalid snapshot: an operation works on snapshot ${id}`);
}
