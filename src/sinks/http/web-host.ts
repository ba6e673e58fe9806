import { UsageError } from "../../errors.js";
import type { Hashes } from "../../ports.js";
import type { HttpOptions, SinkHost } from "../host.js";
import { FetchClient } from "./fetch.js";
import { webClock } from "./web.js";

/** Options of `webSinkHost`. */
export interface WebSinkHostOptions {
  readonly hashes: Hashes;
  /** @default {the global `fetch`} */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * A `SinkHost` for any runtime with `fetch`, which manages connections and timeouts itself. It has no files, and
 * `fetch` takes neither certificates nor a proxy: options that ask for them are refused.
 */
export function webSinkHost({ hashes, fetch }: WebSinkHostOptions): SinkHost {
  return {
    clock: webClock,
    hashes,
    async http(options) {
      checkOptions(options);
      return new FetchClient(fetch);
    },
  };
}

function checkOptions({ ca, isInsecure, proxy }: HttpOptions): void {
  if (ca !== undefined || isInsecure === true)
    throw new UsageError("Cannot change which certificates are trusted: here fetch decides that");
  if (proxy !== undefined) throw new UsageError("Cannot use a proxy: here fetch decides about proxies");
}
