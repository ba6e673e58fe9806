/** Sources of access tokens for Google's APIs. */

import { IntegrityError } from "../../errors.js";
import { revealed, type Secret } from "../../options/secret.js";
import type { Clock, HttpClient } from "../../ports.js";
import { readText } from "../http/body.js";
import { expectSuccess } from "../http/status.js";

export interface GcsAuth {
  /** The token to send; `undefined` sends none, which only emulators accept. */
  token(signal: AbortSignal | undefined): Promise<string | undefined>;
  /** Called when the server refused `token`. Returns whether another one can be obtained. */
  refused(token: string | undefined): boolean;
}

/** A token obtained elsewhere, which is never renewed. */
export function givenToken(token: Secret | string | undefined): GcsAuth {
  const text = token === undefined ? undefined : revealed(token);
  return { token: async () => text, refused: () => false };
}

export interface TokenRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface RenewedTokenOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Completes "Cannot …" in messages. */
  readonly what: string;
  /** Makes the request for a new token. */
  request(): Promise<TokenRequest>;
}

interface Held {
  readonly token: string;
  readonly renewAtMs: number;
}

/** A token is renewed this long before it expires, so that none expires in transit. */
const AHEAD_MS = 5 * 60_000;
const ANSWER_SIZE_MAX = 65_536;

/** A token that is requested when needed, cached, and renewed before it expires. Concurrent calls share one request. */
export class RenewedToken implements GcsAuth {
  readonly #options: RenewedTokenOptions;
  #held: Held | undefined;
  #renewal: Promise<Held> | undefined;

  constructor(options: RenewedTokenOptions) {
    this.#options = options;
  }

  async token(signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    if (this.#held === undefined || this.#held.renewAtMs <= this.#options.clock.monotonicMs()) {
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = undefined;
      });
      this.#held = await this.#renewal;
    }
    return this.#held.token;
  }

  refused(token: string | undefined): boolean {
    if (this.#held?.token === token) this.#held = undefined;
    return true;
  }

  /** Takes no caller's signal: other callers may be waiting too. */
  async #renew(): Promise<Held> {
    const { http, clock, what } = this.#options;
    const atMs = clock.monotonicMs();
    const response = await http.send(await this.#options.request());
    await expectSuccess(response, { what, call: "authenticate", now: clock.now() });
    const { token, seconds } = parseToken(await readText(response.body, ANSWER_SIZE_MAX), what);
    // A token with a shorter life than the margin is used for half of it.
    const lifeMs = seconds * 1000;
    return { token, renewAtMs: atMs + Math.max(lifeMs / 2, lifeMs - AHEAD_MS) };
  }
}

function parseToken(text: string, what: string): { token: string; seconds: number } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const { access_token: token, expires_in: seconds } = (answer ?? {}) as Record<string, unknown>;
  if (typeof token === "string" && token !== "" && typeof seconds === "number") return { token, seconds };
  // The message leaves the answer out: it may hold a token.
  throw new IntegrityError(`Cannot ${what}: the answer has no access_token and expires_in`);
}

const METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/** The token of the account that this Google machine runs as. */
export function metadataToken(options: {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** @default {"http://metadata.google.internal"} */
  readonly server?: string | undefined;
}): GcsAuth {
  const { http, clock, server = "http://metadata.google.internal" } = options;
  const request: TokenRequest = {
    method: "GET",
    url: `${server}${METADATA_PATH}`,
    headers: { "metadata-flavor": "Google" },
  };
  const what = "get a token from this machine's metadata server";
  return new RenewedToken({ http, clock, what, request: async () => request });
}
