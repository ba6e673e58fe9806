/**
 * Tokens of Keystone v3. A token is validated with the service's own credentials, and believed until it expires or some
 * minutes have passed; a token that Keystone does not know is refused for some seconds without asking again.
 */
import type { Clock } from "../../ports.js";
import type { Caller } from "../../service/access/caller.js";
import { Fault } from "../faults.js";
import type { Authenticator } from "./authenticator.js";
import { digestOf } from "./digest.js";

/** The service's own account, whose project has to have the right to validate tokens. */
export interface KeystoneCredentials {
  /** With or without `/v3`. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomain: Domain;
  readonly projectDomain: Domain;
}

/** By its id or its name. */
export type Domain = { readonly id: string } | { readonly name: string };

export interface KeystoneOptions {
  readonly credentials: KeystoneCredentials;
  readonly clock: Clock;
  /** @default {the global one} */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** `token_cache_time` of the reference system. */
const BELIEVED_MS = 300_000;
const REFUSED_MS = 10_000;
const TOKENS_MAX = 10_000;
const TIMEOUT_MS = 10_000;
const UNREACHABLE = "The identity service cannot be reached; try again later.";

interface Known {
  readonly caller: Caller | undefined;
  readonly untilMs: number;
}

interface TokenBody {
  readonly token?: {
    readonly expires_at?: string;
    readonly user?: { readonly id?: string };
    readonly project?: { readonly id?: string };
    readonly roles?: readonly { readonly name?: string }[];
  };
}

export class KeystoneAuthentication implements Authenticator {
  readonly challenge: string;
  readonly #options: KeystoneOptions;
  readonly #url: string;
  readonly #known = new Map<string, Known>();
  #ownToken: Promise<string> | undefined;

  constructor(options: KeystoneOptions) {
    this.#options = options;
    const url = options.credentials.authUrl.replace(/\/+$/, "");
    this.#url = url.endsWith("/v3") ? url : `${url}/v3`;
    this.challenge = `Keystone uri="${this.#url}"`;
  }

  async authenticate({ token }: { readonly token: string | null }): Promise<Caller | undefined> {
    if (token === null || !/^[\x21-\x7e]{1,8192}$/.test(token)) return undefined;
    const digest = await digestOf(token);
    const nowMs = this.#options.clock.now().getTime();
    const known = this.#known.get(digest);
    if (known !== undefined && known.untilMs > nowMs) return known.caller;
    const fresh = await this.#validate(token, nowMs);
    if (this.#known.size >= TOKENS_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.delete(digest);
    this.#known.set(digest, fresh);
    return fresh.caller;
  }

  async #validate(token: string, nowMs: number): Promise<Known> {
    let response = await this.#ask(token);
    if (response.status === 401) {
      // The service's own token has expired.
      this.#ownToken = undefined;
      response = await this.#ask(token);
    }
    if (response.status === 404) return { caller: undefined, untilMs: nowMs + REFUSED_MS };
    if (!response.ok) throw new Fault(503, UNREACHABLE);
    const { token: body } = (await response.json()) as TokenBody;
    const { user, project, roles = [], expires_at: expiresAt } = body ?? {};
    // One that is scoped to a domain or to the system has no project, and nothing here is for it.
    if (user?.id === undefined || project?.id === undefined)
      return { caller: undefined, untilMs: nowMs + REFUSED_MS };
    const expiresMs = Date.parse(expiresAt ?? "");
    const caller = {
      userId: user.id,
      projectId: project.id,
      roles: roles.flatMap(({ name }) => (name === undefined ? [] : [name])),
    };
    const believedMs = nowMs + BELIEVED_MS;
    return { caller, untilMs: Number.isNaN(expiresMs) ? nowMs : Math.min(expiresMs, believedMs) };
  }

  async #ask(token: string): Promise<Response> {
    this.#ownToken ??= this.#logIn();
    let own: string;
    try {
      own = await this.#ownToken;
    } catch (error) {
      this.#ownToken = undefined;
      throw error;
    }
    const headers = { "X-Auth-Token": own, "X-Subject-Token": token, Accept: "application/json" };
    return await this.#send(new Request(`${this.#url}/auth/tokens?nocatalog`, { headers }));
  }

  async #logIn(): Promise<string> {
    const { username, password, projectName, userDomain, projectDomain } = this.#options.credentials;
    const user = { name: username, password, domain: userDomain };
    const scope = { project: { name: projectName, domain: projectDomain } };
    const body = JSON.stringify({
      auth: { identity: { methods: ["password"], password: { user } }, scope },
    });
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const response = await this.#send(
      new Request(`${this.#url}/auth/tokens?nocatalog`, { method: "POST", headers, body }),
    );
    await response.body?.cancel();
    const own = response.headers.get("X-Subject-Token");
    if (!response.ok || own === null) throw new Fault(503, UNREACHABLE);
    return own;
  }

  async #send(request: Request): Promise<Response> {
    const { fetch: send = globalThis.fetch } = this.#options;
    try {
      return await send(new Request(request, { signal: AbortSignal.timeout(TIMEOUT_MS) }));
    } catch {
      throw new Fault(503, UNREACHABLE);
    }
  }
}
