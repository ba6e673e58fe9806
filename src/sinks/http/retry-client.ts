/**
 * A layer `HttpClient → HttpClient` that asks again when the connection failed or the answer is that it may pass. Only
 * what can be sent again is: requests without a body, or with one in memory. What asks must bear being done twice, for a
 * lost answer looks like a lost request; the drivers' requests all do.
 *
 * The body of a response is the caller's: what fails while it is read is not asked for again here.
 */

import { StorageError } from "../../errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import { Retries, type RetryPolicy } from "../layers/backoff.js";
import { drain } from "./body.js";
import { MemoryBody } from "./memory-body.js";
import { retryAfterMs } from "./retry-after.js";
import { isTemporary } from "./status.js";

export class RetryClient implements HttpClient {
  readonly #inner: HttpClient;
  readonly #policy: RetryPolicy;
  readonly #temporary: readonly number[];

  /** @param temporary statuses that may pass, beside those that may with every server */
  constructor(inner: HttpClient, policy: RetryPolicy, temporary: readonly number[] = []) {
    this.#inner = inner;
    this.#policy = policy;
    this.#temporary = temporary;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (!isRepeatable(request)) return await this.#inner.send(request);
    const retries = new Retries(this.#policy, request.signal);
    for (;;) {
      const outcome = await this.#attempt(request);
      if (outcome instanceof StorageError) {
        if (!(await retries.next())) throw outcome;
        continue;
      }
      if (!isTemporary(outcome.status) && !this.#temporary.includes(outcome.status)) return outcome;
      const wait = retryAfterMs(outcome.headers, this.#policy.clock.now());
      if (!retries.isLeft(wait)) return outcome;
      await drain(outcome.body);
      await retries.next(wait);
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #attempt(request: HttpRequest): Promise<HttpResponse | StorageError> {
    try {
      return await this.#inner.send(request);
    } catch (error) {
      if (error instanceof StorageError && error.status === "temporary") return error;
      throw error;
    }
  }
}

function isRepeatable({ body }: HttpRequest): boolean {
  return body === undefined || body instanceof Uint8Array || body instanceof MemoryBody;
}
