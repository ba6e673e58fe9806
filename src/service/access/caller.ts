/** The caller: a user, the project that owns what is made, and the roles by which the policy decides. */
import { UsageError } from "../../errors.js";

/** Roles of a project. Each includes those before it, as in Keystone. */
export const ROLES = ["reader", "member", "admin"] as const;
/** A role that the policy knows. */
export type Role = (typeof ROLES)[number];

/** The user, the project and the roles that a service works for. */
export interface Caller {
  readonly userId: string;
  readonly projectId: string;
  /** Names of roles in the project; roles that the policy does not know are ignored. */
  readonly roles: readonly string[];
  /** The id of the caller's request, for logs and messages. */
  readonly requestId?: string | undefined;
}

/** The default caller: the machine's operator, an admin of a project of its own. */
export const OPERATOR: Caller = { userId: "admin", projectId: "admin", roles: ["admin"] };

export function hasRole({ roles }: Caller, role: Role): boolean {
  return ROLES.slice(ROLES.indexOf(role)).some((sufficient) => roles.includes(sufficient));
}

export function isAdmin(caller: Caller): boolean {
  return hasRole(caller, "admin");
}

/** User and project for the rows of objects that the caller creates. */
export function ownerOf({ caller }: { readonly caller: Caller }): Pick<Caller, "userId" | "projectId"> {
  return { userId: caller.userId, projectId: caller.projectId };
}

const ID_LENGTH_MAX = 255;
const ID = /^[^\p{Cc}\p{Cs}]+$/u;

/** @throws UsageError for a user or project that cannot be recorded: nobody could find what it owns */
export function checkCaller({ userId, projectId }: Caller): void {
  for (const [kind, id] of Object.entries({ user: userId, project: projectId })) {
    if (ID.test(id) && id.length <= ID_LENGTH_MAX) continue;
    throw new UsageError(
      `Cannot act for ${kind} ${JSON.stringify(id)}: want 1 to ${ID_LENGTH_MAX} characters, none of them a control character`,
    );
  }
}
