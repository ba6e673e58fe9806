/**
 * Retries with exponential backoff and full jitter, which spreads the clients of a recovering server evenly over time
 * (measured by AWS's architecture blog, "Exponential Backoff And Jitter"). A wait that the server asks for
 * (`Retry-After`) is honoured up to five minutes; a longer one is an error, which names it.
 */

import { isAshlarError } from "../../errors.js";
import type { Clock } from "../../ports.js";
import type { Sleep } from "../../sleep.js";

/** How often, and how long apart, a call is tried again. */
export interface RetryPolicy {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Attempts of one call, including the first. @default {5} */
  readonly attempts?: number | undefined;
  /** Upper bound of the first wait; it doubles with each further one. @default {500} */
  readonly delayMs?: number | undefined;
  /** Upper bound of every wait, unless a server asks for a longer one. @default {60000} */
  readonly delayMsMax?: number | undefined;
  /** The longest wait that a server may ask for. @default {300000} */
  readonly retryAfterMsMax?: number | undefined;
}

const ATTEMPTS = 5;
const DELAY_MS = 500;
const DELAY_MS_MAX = 60_000;
const RETRY_AFTER_MS_MAX = 300_000;

/** The attempts of one call. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #signal: AbortSignal | undefined;
  #done = 1;

  constructor(policy: RetryPolicy, signal: AbortSignal | undefined) {
    this.#policy = policy;
    this.#signal = signal;
  }

  /** Whether there is another attempt, given the wait that the server asks for; there is none if that is too long. */
  isLeft(wantedMs?: number): boolean {
    const { attempts = ATTEMPTS, retryAfterMsMax = RETRY_AFTER_MS_MAX } = this.#policy;
    return this.#done < attempts && (wantedMs ?? 0) <= retryAfterMsMax;
  }

  /** Waits for the next attempt; returns false at once if there is none. @throws the signal's reason */
  async next(wantedMs?: number): Promise<boolean> {
    if (!this.isLeft(wantedMs)) return false;
    const { delayMs = DELAY_MS, delayMsMax = DELAY_MS_MAX, random, sleep } = this.#policy;
    const most = Math.min(delayMsMax, delayMs * 2 ** (this.#done - 1));
    this.#done++;
    const jitter = random() * most;
    // Jitter comes on top of the server's wait, which is the same for every client.
    await sleep(wantedMs === undefined ? jitter : wantedMs + Math.min(jitter, delayMs), this.#signal);
    return true;
  }

  /** Resets the count of attempts, after progress. */
  restart(): void {
    this.#done = 1;
  }
}

/** Waits and returns true if `error` is temporary and there is another attempt; otherwise returns false. */
export async function mayRetry(error: unknown, retries: Retries): Promise<boolean> {
  if (!isAshlarError(error) || error.status !== "temporary") return false;
  const { retryAfterMs } = error as { readonly retryAfterMs?: number };
  return await retries.next(retryAfterMs);
}
