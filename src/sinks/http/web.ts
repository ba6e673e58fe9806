/** What sinks over HTTP need of a host, made of what every web-standard runtime has. */
import type { Clock } from "../../ports.js";
import { sleep } from "../../sleep.js";
import type { RetryPolicy } from "../layers/backoff.js";

export const webClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

/** How often and after which waits something is tried again. */
export function webRetries(
  options: Pick<RetryPolicy, "attempts" | "delayMs" | "delayMsMax"> = {},
): RetryPolicy {
  return { ...options, clock: webClock, sleep, random: Math.random };
}
