/**
 * The used parts of undici, loaded as single files in 25 ms: its index includes `fetch`, WebSockets, caches and more,
 * and takes 98 ms. The index is only loaded for proxies, or if a version has its files elsewhere.
 */
import { createRequire } from "node:module";
import type * as Undici from "undici";

const require = createRequire(import.meta.url);

type Request = (
  this: Undici.Dispatcher,
  options: Undici.Dispatcher.RequestOptions,
) => Promise<Undici.Dispatcher.ResponseData>;

function part<Part>(path: string, ofIndex: (index: typeof Undici) => Part): Part {
  try {
    return require(`undici/lib/${path}`) as Part;
  } catch {
    return ofIndex(undiciIndex());
  }
}

/** All of undici. */
export function undiciIndex(): typeof Undici {
  return require("undici") as typeof Undici;
}

export const Agent: typeof Undici.Agent = part("dispatcher/agent.js", (index) => index.Agent);

export const buildConnector: typeof Undici.buildConnector = part(
  "core/connect.js",
  (index) => index.buildConnector,
);

const request: Request = part<Request>(
  "api/api-request.js",
  (index) =>
    function (this: Undici.Dispatcher, options) {
      return index.Dispatcher.prototype.request.call(
        this,
        options,
      ) as Promise<Undici.Dispatcher.ResponseData>;
    },
);

/** Sends one request with `dispatcher`. */
export function send(
  dispatcher: Undici.Dispatcher,
  url: URL,
  options: Omit<Undici.Dispatcher.RequestOptions, "origin" | "path">,
): Promise<Undici.Dispatcher.ResponseData> {
  return request.call(dispatcher, { ...options, origin: url.origin, path: `${url.pathname}${url.search}` });
}
