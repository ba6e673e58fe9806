/**
 * Keystone's Identity API, version 3: exchanges credentials for a token. The answer has the service catalog, in which
 * the account's URL is looked up by service type, interface and region.
 */

import { toUtf8 } from "../../bytes.js";
import { StorageError } from "../../errors.js";
import { revealed, type Secret } from "../../options/secret.js";
import type { Clock, HttpClient, HttpResponse } from "../../ports.js";
import { readText } from "../http/body.js";
import { shownUrl } from "../http/redact.js";
import { expectSuccess } from "../http/status.js";
import type { SwiftAuth, SwiftSession } from "./auth.js";

/** Password of a user, or an application credential. */
export type KeystoneCredential =
  | {
      readonly kind: "password";
      readonly user: string;
      /** Name of the user's domain. @default {the domain with the id `default`} */
      readonly userDomain?: string | undefined;
      readonly password: Secret | string;
    }
  | { readonly kind: "application"; readonly id: string; readonly secret: Secret | string }
  | { readonly kind: "token"; readonly token: Secret | string };

/** Options of authentication by Keystone v3. */
export interface KeystoneOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** URL of Keystone, with or without `/v3`. */
  readonly authUrl: string;
  readonly credential: KeystoneCredential;
  /** Name or id of the project that owns the account; an application credential has its own. */
  readonly project?: string | undefined;
  readonly projectDomain?: string | undefined;
  readonly region?: string | undefined;
  /** @default {"object-store"} */
  readonly serviceType?: string | undefined;
  /** @default {"public"} */
  readonly interface?: string | undefined;
  /** The account's URL instead of the catalog's; if it ends with `_` or `/`, the project's id is appended. */
  readonly storageUrl?: string | undefined;
}

interface TokenBody {
  readonly token?: {
    readonly project?: { readonly id?: string };
    readonly catalog?: readonly CatalogService[];
  };
}

interface CatalogService {
  readonly type?: string;
  readonly endpoints?: readonly { interface?: string; region?: string; region_id?: string; url?: string }[];
}

const BODY_SIZE_MAX = 16 * 1024 * 1024;

export class Keystone implements SwiftAuth {
  readonly secrets: readonly (Secret | string)[];
  readonly #options: KeystoneOptions;

  constructor(options: KeystoneOptions) {
    this.#options = options;
    this.secrets = [secretOf(options.credential)];
  }

  async begin(): Promise<SwiftSession> {
    const { http, clock, authUrl } = this.#options;
    const url = `${authUrl.replace(/\/+$/, "").replace(/\/v3$/, "")}/v3/auth/tokens`;
    const body = toUtf8(JSON.stringify({ auth: this.#authOf() }));
    const headers = { "content-type": "application/json", accept: "application/json" };
    const response = await http.send({ method: "POST", url, headers, body });
    const what = `get a token from ${shownUrl(url)}${this.#identity()}`;
    const context = { what, call: "authenticate", now: clock.now(), secrets: this.secrets, reasonOf };
    await expectSuccess(response, context);
    const token = response.headers["x-subject-token"];
    const found = (await parse(response))?.token;
    if (token === undefined || found === undefined) throw failure(`${what}: there is none in the answer`);
    return { token, storageUrl: this.#storageUrl(found, what) };
  }

  #authOf(): object {
    const { credential, project, projectDomain } = this.#options;
    const identity = identityOf(credential);
    if (credential.kind === "application" || project === undefined) return { identity };
    // A text of this form is an id, which has no domain; any other is a name.
    const scope = /^[0-9a-f]{32}$/.test(project)
      ? { project: { id: project } }
      : { project: { name: project, domain: domainOf(projectDomain) } };
    return { identity, scope };
  }

  #identity(): string {
    const { credential, project } = this.#options;
    const who = credential.kind === "password" ? ` as ${JSON.stringify(credential.user)}` : "";
    return project === undefined ? who : `${who} for project ${JSON.stringify(project)}`;
  }

  #storageUrl({ project, catalog = [] }: NonNullable<TokenBody["token"]>, what: string): string {
    const { storageUrl } = this.#options;
    if (storageUrl === undefined) return this.#find(catalog, what);
    const needsProject = /[_/]$/.test(storageUrl);
    return needsProject ? storageUrl + (project?.id ?? "") : storageUrl;
  }

  #find(catalog: readonly CatalogService[], what: string): string {
    const { serviceType = "object-store", interface: wanted = "public", region } = this.#options;
    for (const { type, endpoints = [] } of catalog) {
      if (type !== serviceType) continue;
      const endpoint = endpoints.find(
        (each) =>
          each.interface === wanted &&
          (region === undefined || each.region === region || each.region_id === region),
      );
      if (endpoint?.url !== undefined) return endpoint.url.replace(/\/+$/, "");
    }
    const where = region === undefined ? "" : ` in region ${JSON.stringify(region)}`;
    const types = catalog.map(({ type }) => type).join(", ");
    throw failure(
      `${what}: the catalog has no ${wanted} endpoint of type ${serviceType}${where}; it has ${types || "nothing"}`,
    );
  }
}

function identityOf(credential: KeystoneCredential): object {
  switch (credential.kind) {
    case "password": {
      const { user: name, userDomain } = credential;
      const user = { name, domain: domainOf(userDomain), password: revealed(credential.password) };
      return { methods: ["password"], password: { user } };
    }
    case "application": {
      const application = { id: credential.id, secret: revealed(credential.secret) };
      return { methods: ["application_credential"], application_credential: application };
    }
    case "token":
      return { methods: ["token"], token: { id: revealed(credential.token) } };
  }
}

function domainOf(name: string | undefined): object {
  return name === undefined ? { id: "default" } : { name };
}

function secretOf(credential: KeystoneCredential): Secret | string {
  if (credential.kind === "password") return credential.password;
  return credential.kind === "application" ? credential.secret : credential.token;
}

async function parse({ body }: HttpResponse): Promise<TokenBody | undefined> {
  const text = await readText(body, BODY_SIZE_MAX);
  try {
    return JSON.parse(text) as TokenBody;
  } catch {
    return undefined;
  }
}

/** The message in `{"error": {"message": …}}`. */
function reasonOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { error?: { message?: string } }).error?.message;
  } catch {
    return undefined;
  }
}

function failure(message: string): StorageError {
  return new StorageError(`Cannot ${message}`, { call: "authenticate" });
}
