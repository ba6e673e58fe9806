/** Probes of locks on slow machines and lines. */
import test from "ava";
import type { LockTraits } from "../../src/sinks/lock.js";
import { probeWhileLocked } from "../../src/sinks/lock-probe.js";

const REFUSED: LockTraits = { refusesRemoval: true, refusesShortening: true, keepsOverwritten: true };
const REMOVED: LockTraits = { ...REFUSED, refusesRemoval: false };

interface Attempt {
  readonly tookMs: number;
  readonly traits: LockTraits;
}

/** The traits that are found out, and the lengths of the locks, in milliseconds. */
async function probe(attempts: readonly Attempt[]) {
  let ms = 1e12;
  const clock = { now: () => new Date(ms), monotonicMs: () => ms };
  const lockMs: number[] = [];
  const traits = await probeWhileLocked(clock, 250, async (until) => {
    const attempt = attempts[lockMs.length]!;
    lockMs.push(until.getTime() - ms - 250);
    ms += attempt.tookMs;
    return attempt.traits;
  });
  return { traits, lockMs };
}

test("what is refused counts, however long it took; what is not refused counts while the lock lasts", async (t) => {
  t.deepEqual(await probe([{ tookMs: 60_000, traits: REFUSED }]), { traits: REFUSED, lockMs: [3000] });
  t.deepEqual(await probe([{ tookMs: 1000, traits: REMOVED }]), { traits: REMOVED, lockMs: [3000] });
});

test("an attempt that outlasts its lock proves nothing, and is repeated under a longer one", async (t) => {
  const attempts = [
    { tookMs: 5000, traits: REMOVED },
    { tookMs: 4000, traits: REFUSED },
  ];
  t.deepEqual(await probe(attempts), { traits: REFUSED, lockMs: [3000, 6000] });
});
