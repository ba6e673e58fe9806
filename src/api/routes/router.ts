/** A table of routes: what the API answers, and in which way it is asked. */
import type { Handler } from "../call.js";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/v3` and the project, with `:name` for parts that vary. */
  readonly path: string;
  /** The action in the body, where several share a path. */
  readonly action?: string;
  readonly handler: Handler;
}

export function get(path: string, handler: Handler): Route {
  return { method: "GET", path, handler };
}

export function post(path: string, handler: Handler): Route {
  return { method: "POST", path, handler };
}

export function put(path: string, handler: Handler): Route {
  return { method: "PUT", path, handler };
}

export function remove(path: string, handler: Handler): Route {
  return { method: "DELETE", path, handler };
}

/** One member of a body that is posted to `…/action`. */
export function action(path: string, name: string, handler: Handler): Route {
  return { method: "POST", path: `${path}/action`, action: name, handler };
}
