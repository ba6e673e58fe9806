/** Fixed tokens, each of a user with roles in one project. Tokens are compared by their digests. */
import * as v from "valibot";
import { UsageError } from "../../errors.js";
import type { Caller } from "../../service/access/caller.js";
import type { Authenticator } from "./authenticator.js";
import { digestOf } from "./digest.js";

/** Shorter ones can be guessed over a network. */
const TOKEN_LENGTH_MIN = 16;

const FILE = v.array(
  v.strictObject({
    token: v.pipe(v.string(), v.minLength(TOKEN_LENGTH_MIN), v.regex(/^[\x21-\x7e]+$/)),
    user: v.pipe(v.string(), v.minLength(1)),
    project: v.pipe(v.string(), v.minLength(1)),
    roles: v.array(v.string()),
  }),
);

/** @param entries as a file has them: token, user, project and roles of each. @throws UsageError for others */
export async function tokenAuthentication(entries: unknown): Promise<Authenticator> {
  const result = v.safeParse(FILE, entries);
  if (!result.success) {
    const where = v.getDotPath(result.issues[0]) ?? "the list";
    throw new UsageError(
      `Cannot use the tokens: ${where} is not as wanted: a list of token (${TOKEN_LENGTH_MIN} characters of ASCII without spaces, or more), user, project and roles`,
    );
  }
  const callers = new Map<string, Caller>();
  for (const { token, user, project, roles } of result.output)
    callers.set(await digestOf(token), { userId: user, projectId: project, roles });
  return {
    challenge: "Token",
    async authenticate({ token }) {
      return token === null ? undefined : callers.get(await digestOf(token));
    },
  };
}
