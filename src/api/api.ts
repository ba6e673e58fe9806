/**
 * The Block Storage API v3 as a fetch handler. Every request passes, in this order:
 *
 *     an id → the page it comes from → who asks → the microversion → the project in the path → the route → its handler
 *
 * and is answered with the headers that say which id and microversion it had, also where it is refused.
 */
import { Hono } from "hono";
import type { Clock } from "../ports.js";
import type { Caller } from "../service/access/caller.js";
import type { Service } from "../service/service.js";
import type { Authenticator } from "./auth/authenticator.js";
import { readBody } from "./body.js";
import { type ApiIdentity, type Call, type Handler, json } from "./call.js";
import { requireOwnSite } from "./cross-site.js";
import { badRequest, Fault, faultOf, noResource } from "./faults.js";
import { type Microversion, negotiate, VERSION_HEADER, versionText } from "./microversion.js";
import { type PageFiles, pageResponse } from "./page.js";
import { type ApiPath, parsePath } from "./path.js";
import { RateLimit } from "./rate-limit.js";
import { ROUTES } from "./routes/all.js";
import type { Route } from "./routes/router.js";
import { versionDocument } from "./routes/versions.js";

/** One request and what became of it, for logs and metrics. */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** The route's path; `undefined` where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  readonly caller: Caller | undefined;
  /** What went wrong, for the operator. */
  readonly error: unknown;
}

export interface ApiOptions {
  readonly service: Service;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly hostName: string;
  readonly availabilityZone: string;
  /** Where links begin, such as behind a proxy. @default {what the request says} */
  readonly publicEndpoint?: string | undefined;
  /** `osapi_max_limit`: records on a page. @default {1000} */
  readonly listLimit?: number | undefined;
  /** Requests of a project in a minute. @default {no limit} */
  readonly requestsPerMinute?: number | undefined;
  /** The dashboard, served at `/ui/`. @default {none} */
  readonly page?: PageFiles | undefined;
  /** Bytes of memory that the process takes up. @default {unknown} */
  readonly residentMemory?: (() => number) | undefined;
  /** Called with each request that was answered. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
}

export type ApiHandler = (request: Request) => Promise<Response>;

const LIST_LIMIT = 1000;
const REQUEST_ID = /^req-[0-9a-f-]{36}$/;

/** What is known of a request so far. */
interface Progress {
  readonly requestId: string;
  caller?: Caller;
  version?: Microversion;
  route?: string;
}

interface Bindings {
  readonly progress: Progress;
  readonly call: Omit<Call, "params" | "body">;
}

export function createApi(options: ApiOptions): ApiHandler {
  const { clock, service, authenticator } = options;
  const identity: ApiIdentity = {
    hostName: options.hostName,
    availabilityZone: options.availabilityZone,
    listLimit: options.listLimit ?? LIST_LIMIT,
    now: () => clock.now(),
    residentMemory: options.residentMemory,
  };
  const limit =
    options.requestsPerMinute === undefined ? undefined : new RateLimit(options.requestsPerMinute, clock);
  const router = routerOf();

  async function answer(request: Request, progress: Progress): Promise<Response> {
    const url = new URL(request.url);
    const base = (options.publicEndpoint ?? url.origin).replace(/\/+$/, "");
    if (url.pathname === "/") return versions(request, base, 300);
    if (url.pathname === "/openapi.json" && request.method === "GET") return json(await describe(base));
    if (url.pathname === "/healthcheck") return await healthOf(service, request);
    const page = pageResponse(request, url.pathname, options.page);
    if (page !== undefined) return page;
    const path = parsePath(url.pathname);
    if (path === undefined) throw noResource();
    if (isVersion(path)) return versions(request, base, 200);
    requireOwnSite(request);
    const caller = await callerOf(request, path);
    progress.caller = caller;
    limit?.take(caller.projectId);
    progress.version = negotiate(request.headers.get(VERSION_HEADER));
    if (path.projectId !== undefined && path.projectId !== caller.projectId)
      throw badRequest("Malformed request url");
    const bound = service.as({ ...caller, requestId: progress.requestId });
    const call: Bindings["call"] = {
      ...{ request, url, base, caller, identity, service: bound, version: progress.version },
      projectPath: path.projectId === undefined ? "" : `/${path.projectId}`,
      storage: await bound.blockStorage(),
    };
    return await router.fetch(request, { progress, call });
  }

  async function callerOf(request: Request, { projectId }: ApiPath): Promise<Caller> {
    const token = request.headers.get("X-Auth-Token");
    const caller = await authenticator.authenticate({ token, projectId });
    if (caller !== undefined) return caller;
    throw new Unauthorized(authenticator.challenge);
  }

  return async (request) => {
    const begunMs = clock.monotonicMs();
    const progress: Progress = { requestId: `req-${crypto.randomUUID()}` };
    let error: unknown;
    const response = await answer(request, progress).catch((thrown: unknown) => {
      error = thrown;
      return thrown instanceof Unauthorized ? thrown.toResponse() : faultOf(thrown).toResponse();
    });
    options.onRequest?.({
      requestId: progress.requestId,
      method: request.method,
      path: new URL(request.url).pathname,
      route: progress.route,
      status: response.status,
      durationMs: clock.monotonicMs() - begunMs,
      caller: progress.caller,
      error: response.status >= 500 || error !== undefined ? error : undefined,
    });
    return withHeaders(response, request, progress);
  };
}

/** A request without a valid token, in the words of the reference system's Keystone middleware. */
class Unauthorized extends Error {
  readonly #challenge: string;

  constructor(challenge: string) {
    super("The request you have made requires authentication.");
    this.#challenge = challenge;
  }

  toResponse(): Response {
    const error = { code: 401, title: "Unauthorized", message: this.message };
    return Response.json({ error }, { status: 401, headers: { "WWW-Authenticate": this.#challenge } });
  }
}

function isVersion({ inner, projectId }: ApiPath): boolean {
  return projectId === undefined && (inner === "" || inner === "/");
}

function versions(request: Request, base: string, status: number): Response {
  if (request.method !== "GET" && request.method !== "HEAD") throw noResource();
  return Response.json(versionDocument(base), { status });
}

/** The description is made at the first request; few ask for it. */
async function describe(base: string): Promise<object> {
  const { openApiDocument } = await import("./openapi.js");
  return openApiDocument(base);
}

/** The reference system's check for load balancers, which needs no token: whether the catalog can be read. */
async function healthOf(service: Service, { method }: Request): Promise<Response> {
  if (method !== "GET" && method !== "HEAD") throw noResource();
  const isHealthy = await service
    .monitor()
    .operations()
    .then(
      () => true,
      () => false,
    );
  return new Response(isHealthy ? "OK\n" : "DISABLED BY CATALOG\n", { status: isHealthy ? 200 : 503 });
}

function withHeaders(response: Response, request: Request, { requestId, version = 0 }: Progress): Response {
  const headers = new Headers(response.headers);
  headers.set("x-openstack-request-id", requestId);
  headers.set("x-compute-request-id", requestId);
  const global = request.headers.get("x-openstack-request-id");
  if (global !== null && REQUEST_ID.test(global)) headers.set("x-openstack-global-request-id", global);
  if (response.status !== 401) {
    headers.set(VERSION_HEADER, versionText(version));
    headers.set("Vary", VERSION_HEADER);
  }
  const { status } = response;
  return new Response(response.body, { status, headers });
}

/** Finds the route; what it throws is the request's failure. */
function routerOf(): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>({
    getPath: (request) => parsePath(new URL(request.url).pathname)?.inner ?? "/",
  });
  for (const routes of groupsOf(ROUTES).values()) {
    const { method, path } = routes[0]!;
    app.on(method, path, async (context) => {
      const { progress, call } = context.env;
      progress.route = `${method} ${path}`;
      const body = method === "POST" || method === "PUT" ? await readBody(call.request) : undefined;
      const handler = handlerOf(routes, body);
      return await handler({ ...call, params: context.req.param() as Record<string, string>, body });
    });
  }
  app.notFound(() => {
    throw noResource();
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}

/** Routes by method and path; several where the body names an action. */
function groupsOf(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const key = `${route.method} ${route.path}`;
    groups.set(key, [...(groups.get(key) ?? []), route]);
  }
  return groups;
}

/** @throws Fault 400 for a body that names no action of the path */
function handlerOf(routes: readonly Route[], body: unknown): Handler {
  const [first] = routes;
  if (first!.action === undefined) return first!.handler;
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  const names = isObject ? Object.keys(body) : [];
  const found = routes.find(({ action }) => action !== undefined && names.includes(action));
  if (found !== undefined) return found.handler;
  if (names.length === 0) throw new Fault(400, "Unsupported request body");
  throw badRequest(
    `There is no such action: ${names[0]}. Verify the request body and Content-Type header and try again.`,
  );
}
