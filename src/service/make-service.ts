import { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
import { Admission } from "./admission.js";
import { Background } from "./block-storage/background.js";
import { checkCaller, OPERATOR } from "./caller.js";
import type { ServiceContext } from "./context.js";
import { deleteBackup, findChainOf } from "./delete-backup.js";
import { Events } from "./events.js";
import { guard } from "./guard.js";
import type { ServiceParts } from "./host.js";
import { findBackup, listBackups, listOperations } from "./list.js";
import { POLICY } from "./policy.js";
import { withRefusals } from "./refusals.js";
import { repair } from "./repair.js";
import { resetBackup, resetVolume } from "./reset.js";
import { findVisible, listScope } from "./scope.js";
import type { Service } from "./service.js";
import { createSnapshot, deleteSnapshot, listSnapshots, updateSnapshot } from "./snapshots.js";
import { cancelOperation } from "./stop.js";
import { updateBackup } from "./update-backup.js";
import { updateVolume } from "./update-volume.js";
import { getVolume } from "./volume-meaning.js";
import { createVolume, deleteVolume } from "./volumes.js";
import { watchBackup } from "./watch.js";

/**
 * Makes the service over a catalog, after repairing what dead processes left in it. The service closes the catalog.
 *
 * Operations that need the pipeline or the format are loaded on first use: they are most of the modules, and a list of
 * backups needs none of them.
 */
export async function makeService(parts: ServiceParts): Promise<Service> {
  const { maxOperations = DEFAULT_MAX_OPERATIONS, maxMemory } = parts.settings;
  const admission = new Admission(parts, { maxOperations, maxMemory });
  const events = new Events(parts);
  const { caller = OPERATOR } = parts;
  checkCaller(caller);
  const policy = { ...POLICY, ...parts.policy };
  const background = new Background(maxOperations === 0 ? Number.POSITIVE_INFINITY : maxOperations);
  const context: ServiceContext = { ...parts, caller, policy, admission, events, background };
  await repair(context);
  return {
    ...bind(context),
    async close(signal) {
      await background.idle();
      await events.close(signal);
      await parts.catalog.close();
    },
  };
}

/** The service's calls, bound to the context's caller. */
function bind(context: ServiceContext): Service {
  const { catalog } = context;
  const service: Service = {
    caller: context.caller,
    as(caller) {
      checkCaller(caller);
      return bind({ ...context, caller });
    },
    createVolume: (request) => createVolume(context, request),
    updateVolume: (request) => updateVolume(context, request),
    listVolumes: (options) => catalog.volumes.list(listScope(context, options?.allProjects)),
    findVolume: (nameOrId) => getVolume(context, nameOrId),
    deleteVolume: (nameOrId) => deleteVolume(context, nameOrId),
    createSnapshot: (request) => createSnapshot(context, request),
    listSnapshots: (volume, options) => listSnapshots(context, volume, options),
    findSnapshot: (nameOrId) => findVisible(context, catalog.snapshots, nameOrId),
    updateSnapshot: (request) => updateSnapshot(context, request),
    deleteSnapshot: (nameOrId) => deleteSnapshot(context, nameOrId),
    createBackup: async (request) =>
      await (await import("./create-backup.js")).createBackup(context, request),
    listBackups: (filter) => listBackups(context, filter),
    findBackup: (nameOrId) => findBackup(context, nameOrId),
    watchBackup: (nameOrId, options) => watchBackup(context, nameOrId, options),
    updateBackup: (request) => updateBackup(context, request),
    resetBackup: (nameOrId, status) => resetBackup(context, nameOrId, status),
    resetVolume: (nameOrId, status) => resetVolume(context, nameOrId, status),
    listOperations: () => listOperations(context),
    cancelOperation: (number) => cancelOperation(context, number),
    deleteBackup: (nameOrId, options) => deleteBackup(context, nameOrId, options),
    findChainOf: (nameOrId) => findChainOf(context, nameOrId),
    pruneBackups: async (request) =>
      await (await import("./prune-backups.js")).pruneBackups(context, request),
    consolidateBackup: async (request) =>
      await (await import("./consolidate-backup.js")).consolidateBackup(context, request),
    restoreBackup: async (request) =>
      await (await import("./restore-backup.js")).restoreBackup(context, request),
    verifyBackup: async (request) =>
      await (await import("./verify-backup.js")).verifyBackup(context, request),
    exportRecord: async (nameOrId) => await (await import("./records.js")).exportRecord(context, nameOrId),
    exportRecords: async () => await (await import("./records.js")).exportRecords(context),
    importRecord: async (record, options) =>
      await (await import("./records.js")).importRecord(context, record, options),
    importRecords: async (request) =>
      await (await import("./import-records.js")).importRecords(context, request),
    scanRepository: async (options) =>
      await (await import("./scan-repository.js")).scanRepository(context, options),
    checkRepository: async (request) =>
      await (await import("./check-repository.js")).checkRepository(context, request),
    cleanRepository: async (request) =>
      await (await import("./clean-repository.js")).cleanRepository(context, request),
    blockStorage: async () =>
      (await import("./block-storage/make-block-storage.js")).makeBlockStorage(context),
    close: async () => undefined,
  };
  return guard(withRefusals(service, context), context);
}
