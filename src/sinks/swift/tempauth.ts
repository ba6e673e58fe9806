/** Swift's own authentication, version 1: headers with user and key, answered by headers with token and account. */

import { StorageError } from "../../errors.js";
import { revealed, type Secret } from "../../options/secret.js";
import type { Clock, HttpClient } from "../../ports.js";
import { drain } from "../http/body.js";
import { shownUrl } from "../http/redact.js";
import { statusError } from "../http/status.js";
import type { SwiftAuth, SwiftSession } from "./auth.js";

/** Options of authentication by Swift's TempAuth (v1). */
export interface TempAuthOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly authUrl: string;
  /** User name, e.g. `test:tester`. */
  readonly user: string;
  readonly key: Secret | string;
  /** The account's URL instead of the server's. */
  readonly storageUrl?: string | undefined;
}

export class TempAuth implements SwiftAuth {
  readonly secrets: readonly (Secret | string)[];
  readonly #options: TempAuthOptions;

  constructor(options: TempAuthOptions) {
    this.#options = options;
    this.secrets = [options.key];
  }

  async begin(): Promise<SwiftSession> {
    const { http, clock, authUrl: url, user, key } = this.#options;
    const headers = { "x-auth-user": user, "x-auth-key": revealed(key) };
    const response = await http.send({ method: "GET", url, headers });
    const what = `get a token from ${shownUrl(url)} as ${JSON.stringify(user)}`;
    const context = { what, call: "authenticate", now: clock.now(), secrets: this.secrets };
    if (response.status < 200 || response.status > 299) throw await statusError(response, context);
    await drain(response.body);
    const token = response.headers["x-auth-token"];
    const storageUrl = this.#options.storageUrl ?? response.headers["x-storage-url"];
    if (token !== undefined && storageUrl !== undefined) return { token, storageUrl: trimmed(storageUrl) };
    throw new StorageError(`Cannot ${what}: there is none in the answer; want the URL of Swift's auth/v1.0`, {
      call: "authenticate",
    });
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}
