/** Requests to Google Cloud Storage's JSON API: addresses, tokens, and refusals as errors. */

import { toUtf8 } from "../../bytes.js";
import { IntegrityError, StorageError } from "../../errors.js";
import type { Clock, HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import { drain, readText } from "../http/body.js";
import { expectSuccess, HttpStatusError, type StatusContext } from "../http/status.js";
import type { GcsAuth } from "./auth.js";

export interface GcsConnectionOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly auth: GcsAuth;
  /** @default {"https://storage.googleapis.com"} */
  readonly endpoint?: string | undefined;
  /** @default {"ashlar"} */
  readonly userAgent?: string | undefined;
}

export interface GcsRequest {
  readonly method: HttpRequest["method"];
  /** Path on the server, escaped; or a whole URL from the server. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest["body"];
  /** Sent as JSON. */
  readonly document?: object;
  /** Completes "Cannot …" in messages. */
  readonly what: string;
  readonly call: string;
  /** Statuses outside 200 to 299 that are not errors. */
  readonly allowed?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Enough for a page of 1000 objects with a few fields each. */
const DOCUMENT_SIZE_MAX = 8 * 1024 * 1024;
/** Reasons of a 403 that is temporary, mostly rate limits. */
const PASSING_REASONS: readonly string[] = ["rateLimitExceeded", "userRateLimitExceeded", "backendError"];

export class GcsConnection {
  readonly #options: GcsConnectionOptions;
  readonly #endpoint: string;

  constructor(options: GcsConnectionOptions) {
    this.#options = options;
    this.#endpoint = (options.endpoint ?? "https://storage.googleapis.com").replace(/\/+$/, "");
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Returns the answer; the caller reads its body. @throws NotFoundError, HttpStatusError, StorageError */
  async send(request: GcsRequest): Promise<HttpResponse> {
    const { auth } = this.#options;
    const token = await auth.token(request.signal);
    let response = await this.#exchange(request, token);
    let used = token;
    if (response.status === 401 && auth.refused(token)) {
      await drain(response.body);
      used = await auth.token(request.signal);
      response = await this.#exchange(request, used);
    }
    await this.#expect(response, request, used);
    return response;
  }

  /** Returns the JSON object in the answer. */
  async document(request: GcsRequest): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.send(request);
    return parseDocument(await readText(response.body, DOCUMENT_SIZE_MAX), request.what);
  }

  async run(request: GcsRequest): Promise<HttpResponse> {
    const response = await this.send(request);
    await drain(response.body);
    return response;
  }

  async #exchange(request: GcsRequest, token: string | undefined): Promise<HttpResponse> {
    const { method, path, query = {}, signal, document, allowed = [] } = request;
    const { http, userAgent = "ashlar" } = this.#options;
    const search = new URLSearchParams(query).toString();
    const base = /^https?:/.test(path) ? path : this.#endpoint + path;
    const body = document === undefined ? request.body : toUtf8(JSON.stringify(document));
    return await http.send({
      method,
      url: search === "" ? base : `${base}?${search}`,
      headers: {
        "user-agent": userAgent,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(document === undefined ? {} : { "content-type": "application/json; charset=UTF-8" }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(allowed.includes(308) && { expects308: true }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #expect(response: HttpResponse, request: GcsRequest, token: string | undefined): Promise<void> {
    const { what, call, allowed = [] } = request;
    const context: StatusContext = {
      ...{ what, call, now: this.#options.clock.now(), reasonOf: messageOf },
      secrets: token === undefined ? [] : [token],
    };
    try {
      await expectSuccess(response, context, allowed);
    } catch (error) {
      if (error instanceof HttpStatusError && isPassing(error)) {
        throw new StorageError(error.message, { call, status: "temporary", cause: error });
      }
      throw error;
    }
  }
}

/** Parses an answer as a JSON object. @throws IntegrityError for anything else */
export function parseDocument(text: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // The error below covers this.
  }
  throw new IntegrityError(`Cannot ${what}: the server's answer is no JSON object`);
}

function isPassing({ httpStatus, body }: HttpStatusError): boolean {
  return httpStatus === 403 && PASSING_REASONS.some((reason) => body.includes(`"${reason}"`));
}

/** The message in an error's JSON. */
function messageOf(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : undefined;
  } catch {
    return undefined;
  }
}
