/** The caller of the command: from flags, `ASHLAR_` variables, or those of OpenStack's clients; else the operator. */
import { UsageError } from "../errors.js";
import type { Given } from "../options/option.js";
import { type Caller, checkCaller, OPERATOR, ROLES } from "../service/access/caller.js";
import { first, type OptionSource } from "./option-sources.js";

/** @throws UsageError for an ID that cannot be recorded, or an unknown role */
export function resolveCaller(
  near: readonly OptionSource[],
  environment: Readonly<Record<string, string | undefined>>,
): Caller {
  const caller = {
    userId: first(near, "user")?.text ?? (environment.OS_USER_ID || OPERATOR.userId),
    projectId: first(near, "project")?.text ?? (environment.OS_PROJECT_ID || OPERATOR.projectId),
    roles: parseRoles(first(near, "roles")),
  };
  checkCaller(caller);
  return caller;
}

/** The default caller is the catalog's admin, since anyone who can open its file can change it anyway. */
function parseRoles(given: Given | undefined): readonly string[] {
  if (given === undefined) return OPERATOR.roles;
  const roles = given.text.split(",").map((role) => role.trim());
  if (roles.every((role) => (ROLES as readonly string[]).includes(role))) return roles;
  const wanted = `want ${ROLES.join(", ")}, or several of them between commas`;
  throw new UsageError(`Cannot use ${given.origin} "${given.text}": ${wanted}`);
}
