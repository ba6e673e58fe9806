/** A table of routes: what the API answers, and in which way it is asked. */
import type { Handler } from "../call.js";
import type { Microversion } from "../microversion.js";
import type { Schema } from "../schemas/fields.js";

/** The schema that a body is compared with, in the newest microversion unless one is named. */
export type BodySchema = (version: Microversion) => Schema<unknown>;

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/v3` and the project, with `:name` for parts that vary. */
  readonly path: string;
  /** The action in the body, where several share a path. */
  readonly action?: string;
  readonly handler: Handler;
  /** Of the body, or of the action's member; none where the handler takes any. */
  readonly body?: BodySchema | undefined;
}

export function get(path: string, handler: Handler): Route {
  return { method: "GET", path, handler };
}

export function post(path: string, handler: Handler, body?: BodySchema): Route {
  return { method: "POST", path, handler, body };
}

export function put(path: string, handler: Handler, body?: BodySchema): Route {
  return { method: "PUT", path, handler, body };
}

export function remove(path: string, handler: Handler): Route {
  return { method: "DELETE", path, handler };
}

/** One member of a body that is posted to `…/action`. */
export function action(path: string, name: string, handler: Handler, body?: BodySchema): Route {
  return { method: "POST", path: `${path}/action`, action: name, handler, body };
}
