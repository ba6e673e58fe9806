/**
 * The policy: the role that each action requires. Actions and roles are the reference system's where it has them. This
 * module decides whether a caller may do something; `guard.ts` maps calls to actions; `scope.ts` decides which rows
 * exist for the caller.
 *
 * Only an admin may name paths of the host: they would reach every file of the machine.
 */
import { ForbiddenError } from "../../errors.js";
import { type Caller, hasRole, type Role } from "./caller.js";

/** A rule that is more than a role. */
export interface Rule {
  /** As it was written. */
  readonly text: string;
  allows(caller: Caller): boolean;
}

/** Actions that the policy allows or refuses, by the reference system's names. */
export type Action =
  | "context_is_admin"
  | "backup:get_all"
  | "backup:get"
  | "backup:create"
  | "backup:update"
  | "backup:delete"
  | "backup:restore"
  | "backup:backup_project_attribute"
  | "backup:verify"
  | "backup:consolidate"
  | "backup:release_hold"
  | "backup:export-import"
  | "backup:backup-import"
  | "volume_extension:backup_admin_actions:force_delete"
  | "volume_extension:backup_admin_actions:reset_status"
  | "volume:get_all"
  | "volume:get"
  | "volume:create"
  | "volume:update"
  | "volume:extend"
  | "volume:delete"
  | "volume:force_delete"
  | "volume:update_readonly_flag"
  | "volume_extension:volume_actions:attach"
  | "volume_extension:volume_actions:detach"
  | "volume_extension:volume_actions:reserve"
  | "volume_extension:volume_actions:unreserve"
  | "volume_extension:volume_actions:begin_detaching"
  | "volume_extension:volume_actions:roll_detaching"
  | "volume_extension:volume_host_attribute"
  | "volume_extension:volume_mig_status_attribute"
  | "volume_extension:volume_tenant_attribute"
  | "volume_extension:volume_manage"
  | "volume_extension:volume_unmanage"
  | "volume_extension:volume_admin_actions:reset_status"
  | "volume:get_all_snapshots"
  | "volume:get_snapshot"
  | "volume:create_snapshot"
  | "volume:update_snapshot"
  | "volume:delete_snapshot"
  | "volume_extension:snapshot_admin_actions:force_delete"
  | "volume_extension:snapshot_admin_actions:reset_status"
  | "snapshot_extension:snapshot_actions:update_snapshot_status"
  | "snapshot_extension:snapshot_manage"
  | "snapshot_extension:extended_snapshot_attributes"
  | "limits_extension:used_limits"
  | "volume_extension:quotas:show"
  | "volume_extension:quotas:update"
  | "volume_extension:quotas:delete"
  | "volume_extension:quota_classes:get"
  | "volume_extension:quota_classes:update"
  | "volume_extension:services:index"
  | "volume_extension:access_types_qos_specs_id"
  | "scheduler_extension:scheduler_stats:get_pools"
  | "message:get_all"
  | "message:get"
  | "message:delete"
  | "operation:get_all"
  | "operation:cancel"
  | "fleet:manage"
  | "memory:get"
  | "repository:get"
  | "repository:scan"
  | "repository:clean"
  | "repository:check";

/** The role, or the rule, that each action requires. */
export type Policy = Readonly<Record<Action, Role | Rule>>;

/** The default policy. */
export const POLICY: Readonly<Record<Action, Role>> = {
  // Lists of all projects, and filters by any column.
  context_is_admin: "admin",
  "backup:get_all": "reader",
  "backup:get": "reader",
  "backup:create": "member",
  "backup:update": "member",
  "backup:delete": "member",
  "backup:restore": "member",
  // The owner's project and user.
  "backup:backup_project_attribute": "admin",
  "backup:verify": "member",
  "backup:consolidate": "member",
  "backup:release_hold": "admin",
  // The reference system's name for exports.
  "backup:export-import": "admin",
  "backup:backup-import": "admin",
  "volume_extension:backup_admin_actions:force_delete": "admin",
  "volume_extension:backup_admin_actions:reset_status": "admin",
  "volume:get_all": "reader",
  "volume:get": "reader",
  "volume:create": "member",
  "volume:update": "member",
  "volume:extend": "member",
  "volume:delete": "member",
  "volume:force_delete": "admin",
  "volume:update_readonly_flag": "member",
  "volume_extension:volume_actions:attach": "member",
  "volume_extension:volume_actions:detach": "member",
  "volume_extension:volume_actions:reserve": "member",
  "volume_extension:volume_actions:unreserve": "member",
  "volume_extension:volume_actions:begin_detaching": "member",
  "volume_extension:volume_actions:roll_detaching": "member",
  "volume_extension:volume_host_attribute": "admin",
  "volume_extension:volume_mig_status_attribute": "admin",
  "volume_extension:volume_tenant_attribute": "reader",
  // This action names files and devices of the host, as sources and as targets.
  "volume_extension:volume_manage": "admin",
  "volume_extension:volume_unmanage": "admin",
  "volume_extension:volume_admin_actions:reset_status": "admin",
  "volume:get_all_snapshots": "reader",
  "volume:get_snapshot": "reader",
  "volume:create_snapshot": "member",
  "volume:update_snapshot": "member",
  "volume:delete_snapshot": "member",
  "volume_extension:snapshot_admin_actions:force_delete": "admin",
  "volume_extension:snapshot_admin_actions:reset_status": "admin",
  "snapshot_extension:snapshot_actions:update_snapshot_status": "member",
  "snapshot_extension:snapshot_manage": "admin",
  "snapshot_extension:extended_snapshot_attributes": "reader",
  "limits_extension:used_limits": "reader",
  "volume_extension:quotas:show": "reader",
  "volume_extension:quotas:update": "admin",
  "volume_extension:quotas:delete": "admin",
  "volume_extension:quota_classes:get": "reader",
  "volume_extension:quota_classes:update": "admin",
  "volume_extension:services:index": "admin",
  "volume_extension:access_types_qos_specs_id": "admin",
  "scheduler_extension:scheduler_stats:get_pools": "admin",
  "message:get_all": "reader",
  "message:get": "reader",
  "message:delete": "member",
  "operation:get_all": "reader",
  "operation:cancel": "member",
  // Workers, and limits of hosts, projects and repositories.
  "fleet:manage": "admin",
  // Sums over all projects.
  "memory:get": "admin",
  "repository:get": "reader",
  "repository:scan": "admin",
  "repository:clean": "admin",
  "repository:check": "admin",
};

export const ACTIONS: readonly Action[] = Object.keys(POLICY) as Action[];

export interface PolicyScope {
  readonly caller: Caller;
  readonly policy: Policy;
}

export function allows({ caller, policy }: PolicyScope, action: Action): boolean {
  const wanted = policy[action];
  return typeof wanted === "string" ? hasRole(caller, wanted) : wanted.allows(caller);
}

/** @throws ForbiddenError in the reference system's words */
export function authorize(scope: PolicyScope, action: Action): void {
  if (allows(scope, action)) return;
  const rule = scope.policy[action];
  const text = typeof rule === "string" ? `role ${rule}` : `"${rule.text}"`;
  const wanted = `it takes ${text} in project ${scope.caller.projectId}`;
  throw new ForbiddenError(
    `Policy doesn't allow ${action} to be performed. User ${scope.caller.userId}: ${wanted}`,
  );
}
