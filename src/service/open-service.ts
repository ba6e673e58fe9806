import { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory.js";
import { Admission } from "./admission.js";
import { checkCaller, OPERATOR } from "./caller.js";
import { checkRepository } from "./check.js";
import type { ServiceContext, ServiceParts } from "./context.js";
import { createBackup } from "./create.js";
import { deleteBackup, findChainOf } from "./delete.js";
import { Events } from "./events.js";
import { importRecords } from "./import-records.js";
import { findBackup, listBackups, listOperations } from "./list.js";
import { guard, POLICY } from "./policy.js";
import { pruneBackups } from "./prune.js";
import { exportRecord, exportRecords, importRecord } from "./records.js";
import { repair } from "./repair.js";
import { resetBackup, resetVolume } from "./reset.js";
import { restoreBackup } from "./restore.js";
import { scanRepository } from "./scan.js";
import { findVisible, listScope } from "./scope.js";
import type { Service } from "./service.js";
import { createSnapshot, deleteSnapshot, listSnapshots, updateSnapshot } from "./snapshots.js";
import { updateBackup } from "./update.js";
import { verifyBackup } from "./verify.js";
import { createVolume, deleteVolume, getVolume } from "./volumes.js";
import { watchBackup } from "./watch.js";

/** The service over a catalog, after repairing what dead processes left in it. The service closes the catalog. */
export async function openService(parts: ServiceParts): Promise<Service> {
  const { maxOperations = DEFAULT_MAX_OPERATIONS, maxMemory } = parts.settings;
  const admission = new Admission(parts, { maxOperations, maxMemory });
  const events = new Events(parts);
  const { caller = OPERATOR } = parts;
  checkCaller(caller);
  const policy = { ...POLICY, ...parts.policy };
  const context: ServiceContext = { ...parts, caller, policy, admission, events };
  await repair(context);
  return {
    ...bind(context),
    async close() {
      await events.close();
      await parts.catalog.close();
    },
  };
}

/** The calls of the context's caller. */
function bind(context: ServiceContext): Service {
  const { catalog } = context;
  const service: Service = {
    caller: context.caller,
    as(caller) {
      checkCaller(caller);
      return bind({ ...context, caller });
    },
    createVolume: (request) => createVolume(context, request),
    listVolumes: (options) => catalog.volumes.list(listScope(context, options?.allProjects)),
    findVolume: (nameOrId) => getVolume(context, nameOrId),
    deleteVolume: (nameOrId) => deleteVolume(context, nameOrId),
    createSnapshot: (request) => createSnapshot(context, request),
    listSnapshots: (volume, options) => listSnapshots(context, volume, options),
    findSnapshot: (nameOrId) => findVisible(context, catalog.snapshots, nameOrId),
    updateSnapshot: (request) => updateSnapshot(context, request),
    deleteSnapshot: (nameOrId) => deleteSnapshot(context, nameOrId),
    createBackup: (request) => createBackup(context, request),
    listBackups: (filter) => listBackups(context, filter),
    findBackup: (nameOrId) => findBackup(context, nameOrId),
    watchBackup: (nameOrId, options) => watchBackup(context, nameOrId, options),
    updateBackup: (request) => updateBackup(context, request),
    resetBackup: (nameOrId, status) => resetBackup(context, nameOrId, status),
    resetVolume: (nameOrId, status) => resetVolume(context, nameOrId, status),
    listOperations: () => listOperations(context),
    deleteBackup: (nameOrId, options) => deleteBackup(context, nameOrId, options),
    findChainOf: (nameOrId) => findChainOf(context, nameOrId),
    pruneBackups: (request) => pruneBackups(context, request),
    restoreBackup: (request) => restoreBackup(context, request),
    verifyBackup: (request) => verifyBackup(context, request),
    exportRecord: (nameOrId) => exportRecord(context, nameOrId),
    exportRecords: () => exportRecords(context),
    importRecord: (record, options) => importRecord(context, record, options),
    importRecords: (request) => importRecords(context, request),
    scanRepository: (options) => scanRepository(context, options),
    checkRepository: (request) => checkRepository(context, request),
    close: async () => undefined,
  };
  return guard(service, context);
}
