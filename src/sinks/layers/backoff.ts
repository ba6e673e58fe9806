/**
 * How often and after which time something is tried again: exponential backoff with full jitter, which spreads the
 * clients of a server that comes back evenly over the time (measured by AWS's architecture blog, "Exponential Backoff
 * And Jitter"). A server that asks for a longer wait (`Retry-After`) gets it, up to five minutes; a longer one is an error,
 * which names it.
 */

import { isAshlarError } from "../../errors.js";
import type { Clock } from "../../ports.js";
import type { Sleep } from "../../sleep.js";

export interface RetryPolicy {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Tries of one call in all. @default {5} */
  readonly attempts?: number | undefined;
  /** The first wait is up to this, each further one up to twice as much. @default {500} */
  readonly delayMs?: number | undefined;
  /** No wait is longer, unless a server asks for it. @default {60000} */
  readonly delayMsMax?: number | undefined;
  /** The longest wait that a server gets. @default {300000} */
  readonly retryAfterMsMax?: number | undefined;
}

const ATTEMPTS = 5;
const DELAY_MS = 500;
const DELAY_MS_MAX = 60_000;
const RETRY_AFTER_MS_MAX = 300_000;

/** The tries of one call. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #signal: AbortSignal | undefined;
  #done = 1;

  constructor(policy: RetryPolicy, signal: AbortSignal | undefined) {
    this.#policy = policy;
    this.#signal = signal;
  }

  /** Whether there is another try, given the wait that the server asks for. A wait beyond the longest is none. */
  isLeft(wantedMs?: number): boolean {
    const { attempts = ATTEMPTS, retryAfterMsMax = RETRY_AFTER_MS_MAX } = this.#policy;
    return this.#done < attempts && (wantedMs ?? 0) <= retryAfterMsMax;
  }

  /** Waits for the next try; false, at once, when there is none. @throws the signal's reason */
  async next(wantedMs?: number): Promise<boolean> {
    if (!this.isLeft(wantedMs)) return false;
    const { delayMs = DELAY_MS, delayMsMax = DELAY_MS_MAX, random, sleep } = this.#policy;
    const most = Math.min(delayMsMax, delayMs * 2 ** (this.#done - 1));
    this.#done++;
    const jitter = random() * most;
    // Every client was given the same time to come back: the jitter comes on top.
    await sleep(wantedMs === undefined ? jitter : wantedMs + Math.min(jitter, delayMs), this.#signal);
    return true;
  }

  /** After progress, the tries begin anew. */
  restart(): void {
    this.#done = 1;
  }
}

/** Whether `error` may pass and there is another try, which has been waited for. */
export async function mayRetry(error: unknown, retries: Retries): Promise<boolean> {
  if (!isAshlarError(error) || error.status !== "temporary") return false;
  const { retryAfterMs } = error as { readonly retryAfterMs?: number };
  return await retries.next(retryAfterMs);
}
