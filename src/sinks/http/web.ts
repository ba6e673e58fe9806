/** A clock and a retry policy for sinks over HTTP, from what every web-standard runtime has. */
import type { Clock } from "../../ports.js";
import { sleep } from "../../sleep.js";
import type { RetryPolicy } from "../layers/backoff.js";

/** The platform's clock. */
export const webClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

/** A retry policy on the runtime's own clock, timers and randomness. */
export function webRetries(
  options: Pick<RetryPolicy, "attempts" | "delayMs" | "delayMsMax"> = {},
): RetryPolicy {
  return { ...options, clock: webClock, sleep, random: Math.random };
}
