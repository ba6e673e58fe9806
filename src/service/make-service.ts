import { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
import { checkCaller, OPERATOR } from "./access/caller.js";
import { POLICY } from "./access/policy.js";
import { findVisible, listScope } from "./access/scope.js";
import { deleteBackup, findChainOf } from "./backups/delete.js";
import { findBackup, listBackups, listOperations } from "./backups/list.js";
import { repair } from "./backups/repair.js";
import { resetBackup, resetVolume } from "./backups/reset.js";
import { cancelOperation } from "./backups/stop.js";
import { updateBackup } from "./backups/update.js";
import { watchBackup } from "./backups/watch.js";
import type { ServiceContext } from "./context.js";
import { Events } from "./events/events.js";
import { guard } from "./guard.js";
import type { ServiceParts } from "./host.js";
import { Admission } from "./operations/admission.js";
import { Background } from "./operations/background.js";
import { makeMonitor } from "./operations/monitor.js";
import { withRefusals } from "./refusals.js";
import type { Service } from "./service.js";
import { settingsWithin } from "./settings-within.js";
import { getVolume } from "./volumes/meaning.js";
import { createSnapshot, deleteSnapshot, listSnapshots, updateSnapshot } from "./volumes/snapshots.js";
import { updateVolume } from "./volumes/update.js";
import { createVolume, deleteVolume } from "./volumes/volumes.js";

/** How long background work may take to end when the service is closed. */
const GRACE_MS = 20_000;

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
  let stopUpkeep: (() => Promise<void>) | undefined;
  const service = bind(context);
  return {
    ...service,
    async resume() {
      const resumed = await service.resume();
      const { startUpkeep } = await import("./fleet/upkeep.js");
      stopUpkeep ??= startUpkeep(context);
      return resumed;
    },
    async close(signal) {
      await stopUpkeep?.();
      await background.close(parts.graceMs ?? GRACE_MS, signal);
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
    withSettings: (settings) => bind({ ...context, settings: settingsWithin(context.settings, settings) }),
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
      await (await import("./backups/create.js")).createBackup(context, request),
    queueBackup: async (request) =>
      await (await import("./backups/queue-backup.js")).queueBackup(context, request),
    listBackups: (filter) => listBackups(context, filter),
    findBackup: (nameOrId) => findBackup(context, nameOrId),
    watchBackup: (nameOrId, options) => watchBackup(context, nameOrId, options),
    updateBackup: (request) => updateBackup(context, request),
    resetBackup: (nameOrId, status) => resetBackup(context, nameOrId, status),
    resetVolume: (nameOrId, status) => resetVolume(context, nameOrId, status),
    listOperations: () => listOperations(context),
    cancelOperation: (number) => cancelOperation(context, number),
    deleteBackup: (nameOrId, options) => deleteBackup(context, nameOrId, options),
    releaseHold: async (nameOrId) =>
      await (await import("./backups/release-hold.js")).releaseHold(context, nameOrId),
    findChainOf: (nameOrId) => findChainOf(context, nameOrId),
    pruneBackups: async (request) =>
      await (await import("./backups/prune.js")).pruneBackups(context, request),
    consolidateBackup: async (request) =>
      await (await import("./backups/consolidate.js")).consolidateBackup(context, request),
    copyBackup: async (request) => await (await import("./backups/copy.js")).copyBackup(context, request),
    queueRestore: async (request) =>
      await (await import("./backups/queue-restore.js")).queueRestore(context, request),
    restoreBackup: async (request) =>
      await (await import("./backups/restore.js")).restoreBackup(context, request),
    streamBackup: async (request) =>
      await (await import("./backups/stream.js")).streamBackup(context, request),
    compareBackup: async (request) =>
      await (await import("./backups/compare.js")).compareBackup(context, request),
    verifyBackup: async (request) =>
      await (await import("./backups/verify.js")).verifyBackup(context, request),
    exportRecord: async (nameOrId) =>
      await (await import("./repositories/records.js")).exportRecord(context, nameOrId),
    exportRecords: async () => await (await import("./repositories/records.js")).exportRecords(context),
    importRecord: async (record, options) =>
      await (await import("./repositories/records.js")).importRecord(context, record, options),
    importRecords: async (request) =>
      await (await import("./repositories/import-records.js")).importRecords(context, request),
    scanRepository: async (options) =>
      await (await import("./repositories/scan.js")).scanRepository(context, options),
    checkRepository: async (request) =>
      await (await import("./repositories/check.js")).checkRepository(context, request),
    cleanRepository: async (request) =>
      await (await import("./repositories/clean.js")).cleanRepository(context, request),
    batchRuns: async () => (await import("./operations/batch-runs.js")).openBatchRuns(context),
    fleet: async () => (await import("./fleet/fleet.js")).openFleet(context),
    history: async () => (await import("./repositories/history-calls.js")).openHistoryCalls(context),
    monitor: () => makeMonitor(context),
    async blockStorage() {
      // Before a request is recorded under this process's name.
      await context.host.announce();
      return (await import("./block-storage/make-block-storage.js")).makeBlockStorage(context);
    },
    async resume() {
      await context.host.announce();
      return await (await import("./block-storage/resume.js")).resume(context);
    },
    close: async () => undefined,
  };
  return guard(withRefusals(service, context), context);
}
