/** Requests to one account: their URLs, the token, and its renewal once the server refuses it. */

import { orAborted } from "../../aborted.js";
import type { Clock, HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import { drain, readText } from "../http/body.js";
import type { StatusContext } from "../http/status.js";
import type { SwiftAuth, SwiftSession } from "./auth.js";

export interface SwiftConnectionOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly auth: SwiftAuth;
}

export interface SwiftRequest {
  readonly method: HttpRequest["method"];
  /** Left out for the account itself. */
  readonly container?: string;
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Must be in memory, so that it can be sent again with another token. */
  readonly body?: HttpRequest["body"];
  readonly signal?: AbortSignal | undefined;
}

const UNAUTHORIZED = 401;
const INFO_SIZE_MAX = 1_048_576;

export class SwiftConnection {
  readonly #options: SwiftConnectionOptions;
  #session: Promise<SwiftSession> | undefined;

  constructor(options: SwiftConnectionOptions) {
    this.#options = options;
  }

  /** Returns the answer, whatever its status; after the first 401 the request is repeated with a new token. */
  async send(request: SwiftRequest): Promise<HttpResponse> {
    const session = this.#begin();
    const response = await this.#sendWith(await orAborted(session, request.signal), request);
    if (response.status !== UNAUTHORIZED) return response;
    await drain(response.body);
    // If several calls are refused at once, the first renews the token for all.
    if (this.#session === session) this.#session = undefined;
    return await this.#sendWith(await orAborted(this.#begin(), request.signal), request);
  }

  /** The server's capabilities, from `/info`; an empty object if that is hidden or not JSON. */
  async info(): Promise<Readonly<Record<string, unknown>>> {
    const { storageUrl } = await this.#begin();
    const url = new URL("/info", storageUrl).href;
    const response = await this.#options.http.send({ method: "GET", url });
    const text = await readText(response.body, INFO_SIZE_MAX);
    try {
      const info: unknown = response.status === 200 ? JSON.parse(text) : {};
      return typeof info === "object" && info !== null ? (info as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }

  /** The context for errors of `call`. */
  context(call: string, what: string): StatusContext {
    const { clock, auth } = this.#options;
    return { call, what, now: clock.now(), secrets: auth.secrets };
  }

  /** Takes no caller's signal, because all callers wait for the same token. */
  #begin(): Promise<SwiftSession> {
    if (this.#session !== undefined) return this.#session;
    const session = this.#options.auth.begin();
    this.#session = session;
    // The next caller tries again.
    session.catch(() => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  async #sendWith(session: SwiftSession, request: SwiftRequest): Promise<HttpResponse> {
    const { method, headers, body, signal } = request;
    return await this.#options.http.send({
      method,
      url: urlOf(session, request),
      headers: { ...headers, "x-auth-token": session.token },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function urlOf({ storageUrl }: SwiftSession, { container, name, query = {} }: SwiftRequest): string {
  const path = container === undefined ? "" : `/${encodeURIComponent(container)}`;
  const object = name === undefined ? "" : `/${encodePath(name)}`;
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `${storageUrl}${path}${object}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

export function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
