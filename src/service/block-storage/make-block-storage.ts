/** The calls of the Block Storage API, bound to one caller. */
import type { MessageRow } from "../../catalog/messages.js";
import { isAdmin } from "../access/caller.js";
import { type Action, allows, authorize } from "../access/policy.js";
import { viewsOf, withDependents } from "../backups/list.js";
import { updateBackup } from "../backups/update.js";
import type { ServiceContext } from "../context.js";
import type { BlockStorage } from "./block-storage.js";
import {
  deleteVolume,
  extendVolume,
  flagVolume,
  manageVolume,
  markVolume,
  resetVolume,
  unmanageVolume,
  updateVolume,
} from "./change-volume.js";
import { createBackup } from "./create-backup.js";
import { createVolume } from "./create-volume.js";
import { activityOf, memoryUseOf, repositoryHealthOf } from "./dashboard.js";
import { deleteBackup } from "./delete-backup.js";
import { findById, listRows, notFound } from "./find.js";
import { checkQuotas, defaultQuotas, usesOf } from "./quotas.js";
import { restoreBackup } from "./restore-backup.js";
import {
  createSnapshot,
  deleteSnapshot,
  resetSnapshot,
  updateSnapshot,
  updateSnapshotStatus,
} from "./snapshots.js";
import { verifyBackup } from "./verify-backup.js";

export function makeBlockStorage(context: ServiceContext): BlockStorage {
  const { catalog } = context;
  const allowed = async <T>(action: Action, work: () => Promise<T>): Promise<T> => {
    authorize(context, action);
    return await work();
  };
  return {
    allows: (action) => allows(context, action),
    authorize: (action) => authorize(context, action),
    listVolumes: (query) =>
      allowed("volume:get_all", () => listRows(context, catalog.volumes, "Volume", query)),
    findVolume: (id) => allowed("volume:get", () => findById(context, catalog.volumes, "Volume", id)),
    createVolume: (request) => createVolume(context, request),
    manageVolume: (request) => manageVolume(context, request),
    updateVolume: (id, changes) => updateVolume(context, id, changes),
    extendVolume: (id, size) => extendVolume(context, id, size),
    deleteVolume: (id, options) => deleteVolume(context, id, options),
    unmanageVolume: (id) => unmanageVolume(context, id),
    resetVolume: (id, status) => resetVolume(context, id, status),
    markVolume: (id, mark) => markVolume(context, id, mark),
    flagVolume: (id, flags) => flagVolume(context, id, flags),
    listSnapshots: (query) =>
      allowed("volume:get_all_snapshots", () => {
        const filter = { temporary: false, ...query.filter };
        return listRows(context, catalog.snapshots, "Snapshot", { ...query, filter });
      }),
    findSnapshot: (id) =>
      allowed("volume:get_snapshot", () => findById(context, catalog.snapshots, "Snapshot", id)),
    createSnapshot: (request) => createSnapshot(context, request),
    updateSnapshot: (id, changes) => updateSnapshot(context, id, changes),
    deleteSnapshot: (id, options) => deleteSnapshot(context, id, options),
    resetSnapshot: (id, status) => resetSnapshot(context, id, status),
    updateSnapshotStatus: (id, status, progress) => updateSnapshotStatus(context, id, status, progress),
    listBackups: (query) =>
      allowed("backup:get_all", async () => {
        const { items, count } = await listRows(context, catalog.backups, "Backup", query);
        return { items: await withDependents(context, items), count };
      }),
    listChains: (query) =>
      allowed("backup:get_all", async () => {
        const { items, count } = await listRows(context, catalog.backups, "Backup", query);
        return { items: await viewsOf(context, items), count };
      }),
    findBackup: (id) =>
      allowed("backup:get", async () => {
        const [view] = await withDependents(context, [
          await findById(context, catalog.backups, "Backup", id),
        ]);
        return view!;
      }),
    createBackup: (request) => createBackup(context, request),
    updateBackup: (id, { name, description, metadata }) =>
      allowed("backup:update", async () => {
        const { id: backup } = await findById(context, catalog.backups, "Backup", id);
        const texts = {
          ...(name !== undefined && { name: name ?? "" }),
          ...(description !== undefined && { description: description ?? "" }),
        };
        return await updateBackup(context, {
          ...{ backup, ...texts, metadata, replaceMetadata: metadata !== undefined },
        });
      }),
    deleteBackup: (id, options) => deleteBackup(context, id, options),
    restoreBackup: (id, request) => restoreBackup(context, id, request),
    verifyBackup: (id, options) => verifyBackup(context, id, options),
    importBackup: (record) =>
      allowed("backup:backup-import", async () => {
        const { importRecord } = await import("../repositories/records.js");
        return await importRecord(context, record, {
          check: (tables, { size }) => checkQuotas(context, tables, { kind: "backup", size }),
        });
      }),
    quotasOf: (projectId) =>
      allowed("volume_extension:quotas:show", () => usesOf(context, catalog, projectId)),
    defaultQuotas: () => allowed("volume_extension:quotas:show", () => defaultQuotas(context, catalog)),
    setQuotas: (projectId, limits) =>
      allowed("volume_extension:quotas:update", () => catalog.quotas.setOfProject(projectId, limits)),
    setDefaultQuotas: (limits) =>
      allowed("volume_extension:quota_classes:update", () => catalog.quotas.setDefaults(limits)),
    removeQuotas: (projectId) =>
      allowed("volume_extension:quotas:delete", () => catalog.quotas.removeOfProject(projectId)),
    activity: () => allowed("operation:get_all", () => activityOf(context)),
    memoryUse: () => allowed("memory:get", () => memoryUseOf(context)),
    repositoryHealth: () => allowed("repository:get", () => repositoryHealthOf(context)),
    listMessages: () => allowed("message:get_all", () => catalog.messages.list(context.caller.projectId)),
    findMessage: (id) => allowed("message:get", () => findMessage(context, id)),
    deleteMessage: (id) =>
      allowed("message:delete", async () => {
        await catalog.messages.remove((await findMessage(context, id)).id);
      }),
  };
}

async function findMessage({ catalog, caller }: ServiceContext, id: string): Promise<MessageRow> {
  const message = await catalog.messages.byId(id);
  if (message !== undefined && (message.projectId === caller.projectId || isAdmin(caller))) return message;
  throw notFound("Message", id);
}
