/** Which digest engine is the fastest here and now. */
import { UsageError } from "../errors.js";
import type { Clock } from "../ports.js";
import { DIGEST_SIZE, KIB } from "../units.js";
import type { DigestEngine } from "./engine.js";

/** Eight blocks of the default size: what fills the lanes of the SIMD build once. */
const TRIAL_BLOCK_SIZE: number = 32 * KIB;
const TRIAL_BLOCK_COUNT = 8;
/** V8 has its optimised code after 6.5 ms of use; until then the kernels run at half their speed. */
const WARM_UP_MS = 10;
const TRIAL_MS = 2;

/**
 * Tries every candidate for two milliseconds, after a warm-up that lets compiled code settle, and returns the
 * fastest; of equals the first. Blocks the thread for about 12 ms a candidate, so do it once, at start. A single
 * candidate is returned untried.
 *
 * @throws UsageError when there are no candidates
 */
export function chooseEngine(candidates: readonly DigestEngine[], clock: Clock): DigestEngine {
  let best = candidates[0];
  if (best === undefined) throw new UsageError("Cannot choose a digest engine: there are no candidates");
  if (candidates.length === 1) return best;
  // Not zero, because zero blocks are not hashed. SHA-256 takes the same time for any other bytes.
  const window = new Uint8Array(TRIAL_BLOCK_COUNT * TRIAL_BLOCK_SIZE).fill(0xa5);
  for (const engine of candidates) measure(engine, window, clock, WARM_UP_MS);
  let bestRate = 0;
  for (const engine of candidates) {
    const rate = measure(engine, window, clock, TRIAL_MS);
    if (rate <= bestRate) continue;
    best = engine;
    bestRate = rate;
  }
  return best;
}

/** Windows per millisecond over at least `durationMs`. */
function measure(engine: DigestEngine, window: Uint8Array, clock: Clock, durationMs: number): number {
  const digests = new Uint8Array(TRIAL_BLOCK_COUNT * DIGEST_SIZE);
  const start = clock.monotonicMs();
  let elapsedMs = 0;
  let count = 0;
  while (elapsedMs < durationMs) {
    engine.digestInto(window, TRIAL_BLOCK_SIZE, digests);
    count++;
    elapsedMs = clock.monotonicMs() - start;
  }
  return count / elapsedMs;
}
