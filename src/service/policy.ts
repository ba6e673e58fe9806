/**
 * The policy: which role each action takes, and which action each call of the service is. Actions and roles are the
 * reference system's where it has them. Whether a caller may do a thing is decided here; whether the thing is there for
 * it, in `scope.ts`.
 *
 * Paths of the host are an admin's to give: they would reach every file of the machine.
 */
import { ForbiddenError } from "../errors.js";
import { type Caller, hasRole, type Role } from "./caller.js";
import type { Service } from "./service.js";

/** What the policy allows or refuses, by the reference system's names. */
export type Action =
  | "backup:get_all"
  | "backup:get"
  | "backup:create"
  | "backup:update"
  | "backup:delete"
  | "backup:restore"
  | "backup:verify"
  | "backup:consolidate"
  | "backup:export-import"
  | "backup:backup-import"
  | "volume_extension:backup_admin_actions:force_delete"
  | "volume_extension:backup_admin_actions:reset_status"
  | "volume:get_all"
  | "volume:get"
  | "volume:delete"
  | "volume_extension:volume_manage"
  | "volume_extension:volume_admin_actions:reset_status"
  | "volume:get_all_snapshots"
  | "volume:get_snapshot"
  | "volume:create_snapshot"
  | "volume:update_snapshot"
  | "volume:delete_snapshot"
  | "snapshot_extension:snapshot_manage"
  | "operation:get_all"
  | "operation:cancel"
  | "repository:scan"
  | "repository:clean"
  | "repository:check";

/** The role that each action takes. */
export type Policy = Readonly<Record<Action, Role>>;

/** Who may do what: for each action, the rule that the reference system has for it. */
export const POLICY: Policy = {
  "backup:get_all": "reader",
  "backup:get": "reader",
  "backup:create": "member",
  "backup:update": "member",
  "backup:delete": "member",
  "backup:restore": "member",
  "backup:verify": "member",
  "backup:consolidate": "member",
  // That of exports has this name there.
  "backup:export-import": "admin",
  "backup:backup-import": "admin",
  "volume_extension:backup_admin_actions:force_delete": "admin",
  "volume_extension:backup_admin_actions:reset_status": "admin",
  "volume:get_all": "reader",
  "volume:get": "reader",
  "volume:delete": "member",
  // Files and devices of the host are named by it, as sources and as targets.
  "volume_extension:volume_manage": "admin",
  "volume_extension:volume_admin_actions:reset_status": "admin",
  "volume:get_all_snapshots": "reader",
  "volume:get_snapshot": "reader",
  "volume:create_snapshot": "member",
  "volume:update_snapshot": "member",
  "volume:delete_snapshot": "member",
  "snapshot_extension:snapshot_manage": "admin",
  "operation:get_all": "reader",
  "operation:cancel": "member",
  "repository:scan": "admin",
  "repository:clean": "admin",
  "repository:check": "admin",
};

/** What is not asked of the catalog, or checks by itself because it answers more than once. */
type UnguardedCall = "caller" | "as" | "close" | "watchBackup";
type GuardedCall = Exclude<keyof Service, UnguardedCall>;

/** The action that a call is; for some it depends on what is asked for. */
type Actions = { readonly [Call in GuardedCall]: (...args: Parameters<Service[Call]>) => Action };

const ACTIONS: Actions = {
  createVolume: () => "volume_extension:volume_manage",
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
  listBackups: () => "backup:get_all",
  findBackup: () => "backup:get",
  updateBackup: () => "backup:update",
  resetBackup: () => "volume_extension:backup_admin_actions:reset_status",
  resetVolume: () => "volume_extension:volume_admin_actions:reset_status",
  listOperations: () => "operation:get_all",
  cancelOperation: () => "operation:cancel",
  deleteBackup: (_, options) =>
    options?.force ? "volume_extension:backup_admin_actions:force_delete" : "backup:delete",
  findChainOf: () => "backup:get",
  pruneBackups: ({ dryRun }) => (dryRun ? "backup:get_all" : "backup:delete"),
  consolidateBackup: () => "backup:consolidate",
  restoreBackup: () => "backup:restore",
  verifyBackup: () => "backup:verify",
  exportRecord: () => "backup:export-import",
  exportRecords: () => "backup:export-import",
  importRecord: () => "backup:backup-import",
  importRecords: () => "backup:backup-import",
  scanRepository: () => "repository:scan",
  cleanRepository: () => "repository:clean",
  checkRepository: () => "repository:check",
};

export interface PolicyScope {
  readonly caller: Caller;
  readonly policy: Policy;
}

export function allows({ caller, policy }: PolicyScope, action: Action): boolean {
  return hasRole(caller, policy[action]);
}

/** @throws ForbiddenError in the reference system's words */
export function authorize(scope: PolicyScope, action: Action): void {
  if (allows(scope, action)) return;
  const wanted = `it takes role ${scope.policy[action]} in project ${scope.caller.projectId}`;
  throw new ForbiddenError(
    `Policy doesn't allow ${action} to be performed. User ${scope.caller.userId}: ${wanted}`,
  );
}

/** The service with every call held to the policy before it looks at anything. */
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
