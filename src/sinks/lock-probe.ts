/**
 * Probes of what a store does for a locked object. The lock has to outlast the attempts to break it, and must not keep
 * the probe for long: on a machine or a line that was too slow for one, a longer one follows.
 */
import type { Clock } from "../ports.js";
import { sleep } from "../sleep.js";
import type { LockTraits } from "./lock.js";

/** How long the object is locked at first, and at most. */
const LOCK_MS = 3000;
const LOCK_MS_MAX = 24_000;
/** Servers' times have whole seconds, and answers take a while. */
const CLOCK_ERROR_MS = 1500;
const WAIT_STEP_MS = 500;
const WAIT_MS_MAX = 40_000;

/**
 * What the store refuses while the object is locked.
 * @param attempt puts the object, locks it until then by the server's clock, and tries everything
 */
export async function probeWhileLocked(
  clock: Clock,
  clockAheadMs: number,
  attempt: (until: Date) => Promise<LockTraits>,
): Promise<LockTraits> {
  for (let lockMs = LOCK_MS; ; lockMs *= 2) {
    const startMs = clock.monotonicMs();
    const traits = await attempt(new Date(clock.now().getTime() + clockAheadMs + lockMs));
    const leftMs = lockMs - (clock.monotonicMs() - startMs);
    // An attempt that succeeded proves nothing if the lock may have ended before it.
    const isConclusive = Object.values(traits).every((isRefused) => isRefused) || leftMs > CLOCK_ERROR_MS;
    if (isConclusive || lockMs >= LOCK_MS_MAX) return traits;
    await sleep(Math.max(0, leftMs) + CLOCK_ERROR_MS, undefined);
  }
}

/** Removes the object once its lock has ended. @param isLocked whether an error of `remove` is the lock's */
export async function removeUnlocked(
  remove: () => Promise<unknown>,
  isLocked: (error: unknown) => boolean,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
    try {
      await remove();
      return;
    } catch (error) {
      if (!isLocked(error) || waitedMs >= WAIT_MS_MAX) throw error;
      await sleep(WAIT_STEP_MS, undefined);
    }
  }
}
