/** One request on its way through the API: who asks, in which microversion, and of what. */

import type { Caller } from "../service/access/caller.js";
import type { BlockStorage } from "../service/block-storage/block-storage.js";
import type { Service } from "../service/service.js";
import { noResource } from "./faults.js";
import type { Microversion } from "./microversion.js";

/** What the API shows of the service as a whole. */
export interface ApiIdentity {
  /** Of the host, as `os-services` shows it. */
  readonly hostName: string;
  readonly availabilityZone: string;
  /** `osapi_max_limit`. */
  readonly listLimit: number;
  readonly now: () => Date;
  /** Bytes of memory that the process takes up; `undefined` where the host cannot see it. */
  readonly residentMemory: (() => number) | undefined;
}

export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Where links begin, without a slash at the end: scheme, host and perhaps a path. */
  readonly base: string;
  /** The project in the path, with a slash before it; empty where there is none. */
  readonly projectPath: string;
  readonly caller: Caller;
  readonly version: Microversion;
  readonly identity: ApiIdentity;
  /** Bound to the caller. */
  readonly service: Service;
  readonly storage: BlockStorage;
  /** The parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Handler = (call: Call) => Promise<Response>;

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

/** An answer that says nothing but that the request is taken. */
export function accepted(status = 202): Response {
  return new Response(null, { status });
}

/** @throws Fault 404, which is how a route is answered before the microversion that brought it */
export function since(version: Microversion, handler: Handler): Handler {
  return async (call) => {
    if (call.version < version) throw noResource();
    return await handler(call);
  };
}
