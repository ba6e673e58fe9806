/** Who makes a request, by its token. */
import type { Caller } from "../../service/access/caller.js";

export interface AuthRequest {
  /** The header `X-Auth-Token`; null where there is none. */
  readonly token: string | null;
  /** In the path; `undefined` where there is none. */
  readonly projectId: string | undefined;
}

export interface Authenticator {
  /** The caller; `undefined` where the token is none, or not known. @throws Fault 503 when that cannot be found out */
  authenticate(request: AuthRequest): Promise<Caller | undefined>;
  /** The header `WWW-Authenticate` of a refusal. */
  readonly challenge: string;
}
