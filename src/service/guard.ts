/** Checks the policy before each call of the service, by a table that maps calls to actions. */
import { type Action, authorize, type PolicyScope } from "./access/policy.js";
import type { Service } from "./service.js";

/** Calls that do not read the catalog, or that check the policy themselves. */
type UnguardedCall =
  | "caller"
  | "as"
  | "withSettings"
  | "close"
  | "watchBackup"
  | "monitor"
  | "blockStorage"
  | "resume";
type GuardedCall = Exclude<keyof Service, UnguardedCall>;

/** The action of each call; for some it depends on the arguments. */
type Actions = { readonly [Call in GuardedCall]: (...args: Parameters<Service[Call]>) => Action };

const ACTIONS: Actions = {
  createVolume: () => "volume_extension:volume_manage",
  updateVolume: ({ source }) => (source === undefined ? "volume:update" : "volume_extension:volume_manage"),
  listVolumes: () => "volume:get_all",
  findVolume: () => "volume:get",
  deleteVolume: () => "volume:delete",
  createSnapshot: ({ source }) =>
    source === undefined ? "volume:create_snapshot" : "snapshot_extension:snapshot_manage",
  listSnapshots: () => "volume:get_all_snapshots",
  findSnapshot: () => "volume:get_snapshot",
  updateSnapshot: () => "volume:update_snapshot",
  deleteSnapshot: () => "volume:delete_snapshot",
  createBackup: () => "backup:create",
  queueBackup: () => "backup:create",
  listBackups: () => "backup:get_all",
  findBackup: () => "backup:get",
  updateBackup: () => "backup:update",
  resetBackup: () => "volume_extension:backup_admin_actions:reset_status",
  resetVolume: () => "volume_extension:volume_admin_actions:reset_status",
  listOperations: () => "operation:get_all",
  cancelOperation: () => "operation:cancel",
  deleteBackup: (_, options) =>
    options?.force ? "volume_extension:backup_admin_actions:force_delete" : "backup:delete",
  releaseHold: () => "backup:release_hold",
  findChainOf: () => "backup:get",
  pruneBackups: ({ dryRun }) => (dryRun ? "backup:get_all" : "backup:delete"),
  consolidateBackup: () => "backup:consolidate",
  copyBackup: () => "backup:create",
  queueRestore: () => "backup:restore",
  restoreBackup: () => "backup:restore",
  streamBackup: () => "backup:restore",
  compareBackup: () => "backup:verify",
  verifyBackup: () => "backup:verify",
  exportRecord: () => "backup:export-import",
  exportRecords: () => "backup:export-import",
  importRecord: () => "backup:backup-import",
  importRecords: () => "backup:backup-import",
  scanRepository: () => "repository:scan",
  cleanRepository: () => "repository:clean",
  checkRepository: () => "repository:check",
  batchRuns: () => "backup:create",
  fleet: () => "fleet:manage",
  history: () => "repository:check",
};

/** The service with the policy checked before each call does anything. */
export function guard(service: Service, scope: PolicyScope): Service {
  const guarded = Object.entries(ACTIONS).map(([name, actionOf]) => {
    const call = service[name as GuardedCall] as (...args: unknown[]) => Promise<unknown>;
    const checked = async (...args: unknown[]): Promise<unknown> => {
      authorize(scope, (actionOf as (...args: unknown[]) => Action)(...args));
      return await call(...args);
    };
    return [name, checked];
  });
  return { ...service, ...(Object.fromEntries(guarded) as Pick<Service, GuardedCall>) };
}
