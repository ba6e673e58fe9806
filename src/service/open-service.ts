import { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory.js";
import { Admission } from "./admission.js";
import { checkRepository } from "./check.js";
import { cleanRepository } from "./clean.js";
import { consolidateBackup } from "./consolidate.js";
import type { ServiceContext, ServiceParts } from "./context.js";
import { createBackup } from "./create.js";
import { deleteBackup, findChainOf } from "./delete.js";
import { Events } from "./events.js";
import { findBackup, listBackups, listOperations } from "./list.js";
import { pruneBackups } from "./prune.js";
import { exportRecord, exportRecords, importRecord } from "./records.js";
import { repair } from "./repair.js";
import { resetBackup, resetVolume } from "./reset.js";
import { restoreBackup } from "./restore.js";
import { scanRepository } from "./scan.js";
import type { Service } from "./service.js";
import { createSnapshot, deleteSnapshot, updateSnapshot } from "./snapshots.js";
import { updateBackup } from "./update.js";
import { verifyBackup } from "./verify.js";
import { createVolume, deleteVolume, getVolume } from "./volumes.js";

/** The service over a catalog, after repairing what dead processes left in it. The service closes the catalog. */
export async function openService(parts: ServiceParts): Promise<Service> {
  const { maxOperations = DEFAULT_MAX_OPERATIONS, maxMemory } = parts.settings;
  const admission = new Admission(parts, { maxOperations, maxMemory });
  const events = new Events(parts);
  const context: ServiceContext = { ...parts, admission, events };
  await repair(context);
  const { catalog } = context;
  return {
    createVolume: (request) => createVolume(context, request),
    listVolumes: () => catalog.volumes.list(),
    findVolume: (nameOrId) => getVolume(context, nameOrId),
    deleteVolume: (nameOrId) => deleteVolume(context, nameOrId),
    createSnapshot: (request) => createSnapshot(context, request),
    listSnapshots: async (volume) =>
      await catalog.snapshots.list(
        volume === undefined ? {} : { volumeId: (await getVolume(context, volume)).id },
      ),
    findSnapshot: (nameOrId) => catalog.snapshots.find(nameOrId),
    updateSnapshot: (request) => updateSnapshot(context, request),
    deleteSnapshot: (nameOrId) => deleteSnapshot(context, nameOrId),
    createBackup: (request) => createBackup(context, request),
    listBackups: (filter) => listBackups(context, filter),
    findBackup: (nameOrId) => findBackup(context, nameOrId),
    updateBackup: (request) => updateBackup(context, request),
    resetBackup: (nameOrId, status) => resetBackup(context, nameOrId, status),
    resetVolume: (nameOrId, status) => resetVolume(context, nameOrId, status),
    listOperations: () => listOperations(context),
    deleteBackup: (nameOrId, options) => deleteBackup(context, nameOrId, options),
    findChainOf: (nameOrId) => findChainOf(context, nameOrId),
    pruneBackups: (request) => pruneBackups(context, request),
    consolidateBackup: (request) => consolidateBackup(context, request),
    restoreBackup: (request) => restoreBackup(context, request),
    verifyBackup: (request) => verifyBackup(context, request),
    exportRecord: (nameOrId) => exportRecord(context, nameOrId),
    exportRecords: () => exportRecords(context),
    importRecord: (record) => importRecord(context, record),
    scanRepository: (options) => scanRepository(context, options),
    checkRepository: (request) => checkRepository(context, request),
    cleanRepository: (request) => cleanRepository(context, request),
    async close() {
      await events.close();
      await catalog.close();
    },
  };
}
