/** Who asks: the user, the project that what is made belongs to, and the roles by which the policy decides. */
import { UsageError } from "../errors.js";

/** Of a project's roles each includes those before it, as Keystone has it. */
export const ROLES = ["reader", "member", "admin"] as const;
/** A role that the policy knows. */
export type Role = (typeof ROLES)[number];

/** On whose behalf a service works: the user, the project, and the roles there. */
export interface Caller {
  readonly userId: string;
  readonly projectId: string;
  /** Names of roles in the project; those that no policy knows do not count. */
  readonly roles: readonly string[];
  /** The request that it makes, for logs and messages. */
  readonly requestId?: string | undefined;
}

/** Whom a service serves where nobody else is named: the machine's operator, who is admin of a project of its own. */
export const OPERATOR: Caller = { userId: "admin", projectId: "admin", roles: ["admin"] };

export function hasRole({ roles }: Caller, role: Role): boolean {
  return ROLES.slice(ROLES.indexOf(role)).some((sufficient) => roles.includes(sufficient));
}

export function isAdmin(caller: Caller): boolean {
  return hasRole(caller, "admin");
}

/** User and project for the rows of what the caller makes. */
export function ownerOf({ caller }: { readonly caller: Caller }): Pick<Caller, "userId" | "projectId"> {
  return { userId: caller.userId, projectId: caller.projectId };
}

const ID_LENGTH_MAX = 255;
const ID = /^[^\p{Cc}\p{Cs}]+$/u;

/** @throws UsageError for a user or project that could not be recorded: nobody would find what it owns */
export function checkCaller({ userId, projectId }: Caller): void {
  for (const [kind, id] of Object.entries({ user: userId, project: projectId })) {
    if (ID.test(id) && id.length <= ID_LENGTH_MAX) continue;
    throw new UsageError(
      `Cannot act for ${kind} ${JSON.stringify(id)}: want 1 to ${ID_LENGTH_MAX} characters, none of them a control character`,
    );
  }
}
