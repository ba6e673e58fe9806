/** Changes, extends and deletes volumes, and takes them into and out of the catalog. */
import type { VolumeRow, VolumeStatus } from "../../catalog/volumes.js";
import { ForbiddenError, InvalidStateError, UsageError } from "../../errors.js";
import { openFileSource } from "../../sources/file.js";
import { GIB, gibOf } from "../../units.js";
import { type Action, authorize } from "../access/policy.js";
import type { ServiceContext } from "../context.js";
import { VOLUME_STATES } from "../states/states.js";
import { checkTexts } from "../texts.js";
import { checkUnregistered, describeVolume, finishDeleteVolume } from "../volumes/volumes.js";
import type { DeleteVolumeOptions, ManageVolumeRequest, RowChanges, VolumeMark } from "./block-storage.js";
import { findById } from "./find.js";
import { checkQuotas } from "./quotas.js";
import { removeSnapshot } from "./snapshots.js";

export async function updateVolume(
  context: ServiceContext,
  id: string,
  changes: RowChanges,
): Promise<VolumeRow> {
  authorize(context, "volume:update");
  const { volumes } = context.catalog;
  await findById(context, volumes, "Volume", id);
  checkTexts({ ...changes, description: changes.description ?? undefined });
  await volumes.update(id, changes as Partial<VolumeRow>);
  return await findById(context, volumes, "Volume", id);
}

export async function extendVolume(context: ServiceContext, id: string, size: number): Promise<void> {
  authorize(context, "volume:extend");
  const { catalog, host } = context;
  const volume = await findById(context, catalog.volumes, "Volume", id);
  const { source } = volume;
  const current = gibOf(volume.size);
  if (volume.status !== "available")
    throw new InvalidStateError(
      `Invalid volume: Volume ${id} status must be available to extend, but current status is: ${volume.status}.`,
    );
  if (size <= current)
    throw new UsageError(
      `Invalid input received: New size for extend must be greater than current size. (current: ${current}, extended: ${size}).`,
    );
  if (source === null || (await host.fileSystem.status(source))?.kind !== "file")
    throw new InvalidStateError(`Invalid volume: Volume ${id} is no file that can be extended.`);
  await catalog.transaction(async (tables) => {
    await checkQuotas(
      context,
      tables,
      { kind: "extension", size: size - current },
      volume.projectId ?? undefined,
    );
    const held = { holder: host.holder, previousStatus: volume.status };
    if (!(await VOLUME_STATES.move(tables.volumes, id, "extend", held)))
      throw new InvalidStateError(`Invalid volume: another operation on volume ${id} has just begun`);
  });
  try {
    const handle = await host.fileSystem.open(source, "update");
    try {
      await handle.truncate(size * GIB);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await VOLUME_STATES.move(catalog.volumes, id, "extended", { size: size * GIB, holder: null });
  } catch (error) {
    await VOLUME_STATES.move(catalog.volumes, id, "fail-extend", { holder: null });
    throw error;
  }
}

export async function deleteVolume(
  context: ServiceContext,
  id: string,
  { cascade = false, force = false }: DeleteVolumeOptions = {},
): Promise<void> {
  authorize(context, force ? "volume:force_delete" : "volume:delete");
  const { catalog, host } = context;
  const volume = await findById(context, catalog.volumes, "Volume", id);
  const held = { holder: host.holder };
  if (!force && !VOLUME_STATES.allows("delete", volume.status)) throw undeletable();
  const snapshots = await catalog.snapshots.list({ volumeId: id });
  if (snapshots.length > 0 && !cascade) throw undeletable();
  for (const snapshot of snapshots) await removeSnapshot(context, snapshot, { force });
  const isTaken = force
    ? await whileIdle(context, volume, (rows) => VOLUME_STATES.move(rows, id, "force-delete", held))
    : await VOLUME_STATES.move(catalog.volumes, id, "delete", held);
  if (!isTaken) throw undeletable();
  await finishDeleteVolume(context, volume);
}

function undeletable(): InvalidStateError {
  return new InvalidStateError(
    "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
  );
}

/** Runs `work` unless an operation holds the volume. Resolves to whether it ran and succeeded. */
async function whileIdle(
  { catalog }: ServiceContext,
  { id }: VolumeRow,
  work: (rows: ServiceContext["catalog"]["volumes"]) => Promise<boolean>,
): Promise<boolean> {
  return await catalog.transaction(async ({ volumes }) => {
    const current = await volumes.byId(id);
    if (current === undefined || current.holder !== null) return false;
    return await work(volumes);
  });
}

/** @throws InvalidStateError while an operation works on the volume, because its status would be wrong */
export async function resetVolume(context: ServiceContext, id: string, status: VolumeStatus): Promise<void> {
  authorize(context, "volume_extension:volume_admin_actions:reset_status");
  const volume = await findById(context, context.catalog.volumes, "Volume", id);
  const isSet = await whileIdle(context, volume, (rows) => rows.update(id, { status }));
  if (!isSet) throw new InvalidStateError(`Invalid volume: an operation works on volume ${id}`);
}

interface MarkRule {
  readonly from: readonly VolumeStatus[];
  readonly to: VolumeStatus;
  readonly action: Action;
}

const MARKS: Readonly<Record<VolumeMark, MarkRule>> = {
  attach: {
    ...{ from: ["available", "attaching"], to: "in-use" },
    action: "volume_extension:volume_actions:attach",
  },
  detach: {
    ...{ from: ["in-use", "detaching"], to: "available" },
    action: "volume_extension:volume_actions:detach",
  },
  reserve: {
    ...{ from: ["available"], to: "attaching" },
    action: "volume_extension:volume_actions:reserve",
  },
  unreserve: {
    ...{ from: ["attaching"], to: "available" },
    action: "volume_extension:volume_actions:unreserve",
  },
  "begin-detaching": {
    ...{ from: ["in-use"], to: "detaching" },
    action: "volume_extension:volume_actions:begin_detaching",
  },
  "roll-detaching": {
    ...{ from: ["detaching"], to: "in-use" },
    action: "volume_extension:volume_actions:roll_detaching",
  },
};

export async function markVolume(context: ServiceContext, id: string, mark: VolumeMark): Promise<void> {
  const { from, to, action } = MARKS[mark];
  authorize(context, action);
  const { volumes } = context.catalog;
  const volume = await findById(context, volumes, "Volume", id);
  // The first attachment decides that the volume is not read-only, if its user has not.
  const isFirst = mark === "attach" && volume.isReadOnly === null;
  if (await volumes.transition(id, from, to, isFirst ? { isReadOnly: false } : {})) return;
  // In the reference system, undoing a mark that was not set is no error.
  if (mark === "unreserve" || mark === "roll-detaching") return;
  throw new InvalidStateError(
    `Invalid volume: Volume status must be ${from[0]} to ${mark.replace("-", " ")}, but the status is ${volume.status}.`,
  );
}

export async function flagVolume(
  context: ServiceContext,
  id: string,
  flags: { readonly isReadOnly?: boolean; readonly bootable?: boolean },
): Promise<void> {
  authorize(context, flags.isReadOnly === undefined ? "volume:update" : "volume:update_readonly_flag");
  await findById(context, context.catalog.volumes, "Volume", id);
  await context.catalog.volumes.update(id, flags);
}

/** Adds a file or device. Its path, with symbolic links resolved, must be below one of the configured roots. */
export async function manageVolume(
  context: ServiceContext,
  { path, name = null, description = null, metadata = {}, ...rest }: ManageVolumeRequest,
): Promise<VolumeRow> {
  authorize(context, "volume_extension:volume_manage");
  checkTexts({ metadata, description: description ?? undefined });
  const source = await allowedPath(context, path);
  const opened = await openFileSource(context.host.fileSystem, source);
  await opened.close();
  const described = describeVolume(context, { source, name: name ?? "", size: opened.size });
  return await context.catalog.transaction(async (tables) => {
    await checkUnregistered(context, tables.volumes, source);
    await checkQuotas(context, tables, { kind: "volume", size: gibOf(opened.size) });
    const zone = rest.availabilityZone ?? described.availabilityZone ?? null;
    const more = { name, description, metadata, availabilityZone: zone, bootable: rest.isBootable ?? false };
    return await tables.volumes.insert({ ...described, ...more });
  });
}

async function allowedPath({ host, settings }: ServiceContext, path: string): Promise<string> {
  const real = await host.realPath(path);
  for (const root of settings.volumeRoots ?? []) {
    const realRoot = await host.realPath(root);
    if (real.startsWith(`${realRoot.replace(/\/+$/, "")}/`)) return real;
  }
  throw new ForbiddenError("The source is below none of the directories that volumes may be taken from.");
}

export async function unmanageVolume(context: ServiceContext, id: string): Promise<void> {
  authorize(context, "volume_extension:volume_unmanage");
  const { catalog } = context;
  const volume = await findById(context, catalog.volumes, "Volume", id);
  if (!VOLUME_STATES.allows("delete", volume.status)) throw undeletable();
  if ((await catalog.snapshots.list({ volumeId: id })).length > 0) throw undeletable();
  const isGone = await whileIdle(context, volume, (rows) => rows.remove(id));
  if (!isGone) throw undeletable();
}
