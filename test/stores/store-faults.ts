/** Backups and restores through a bad network: they are right, or fail in clear words. Every store's trials run these. */
import type { ExecutionContext, TestFn } from "ava";
import { openChain } from "../../src/chain/chain.js";
import { AshlarError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { runBackup as backUp } from "../../src/pipeline/backup.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { discard } from "../../src/pipeline/stages/discard.js";
import type { RetryPolicy } from "../../src/sinks/layers/backoff.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { sleep } from "../../src/sleep.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { listNames, patternBytes } from "../../src/testing/objects.js";
import { type Exchange, type Fault, type FaultProxy, faultFirst } from "./fault-proxy.js";

const VOLUME = patternBytes(700_000, 3);
export const STORED = {
  container: "backups",
  prefix: "volume_v/20260101000000/az_nova_backup_b",
  backupId: "b",
  volumeId: "v",
};

/** Retries of a store's requests. Waits are real up to a second; longer ones, which servers ask for, are a thousandth. */
export function faultPolicy(): RetryPolicy {
  return {
    clock: nodeClock,
    sleep: (ms, signal) => sleep(ms > 1000 ? ms / 1000 : ms, signal),
    random: () => 0.5,
    attempts: 4,
    delayMs: 20,
  };
}

export interface FaultWorld {
  readonly proxy: FaultProxy;
  /** Through the proxy, with everything that the command puts around it. */
  readonly sink: ObjectSink;
  /** Past the proxy. */
  readonly direct: ObjectSink;
}

async function runBackup(sink: ObjectSink): Promise<void> {
  const identity = { backupId: "b", volumeId: "v", backupName: null, backupDescription: null };
  await backUp(new MemorySource(VOLUME), sink, {
    ...STORED,
    identity: { ...identity, createdAt: "2026-01-01 00:00:00+00:00" },
    volumeMetadata: null,
    codec: undefined,
    blockSize: 32_768,
    chunkSize: 327_680,
    runtime: await nodeRuntime(),
  });
}

async function runRestore(sink: ObjectSink): Promise<Uint8Array> {
  const runtime = await nodeRuntime();
  const target = new MemoryTarget({ size: VOLUME.length });
  await restoreBackup(await openChain([{ ...STORED, sink }], runtime.hashes), target, { runtime });
  return target.bytes;
}

export type Outcome = "completes" | "may fail";

export interface Trial {
  readonly title: string;
  readonly fault: (k: number) => Fault;
  readonly matches: (exchange: Exchange) => boolean;
  readonly times?: number;
  readonly outcome: Outcome;
}

/** Near the beginning, in the middle, and at the end of objects of 256 KiB, digest tables and manifests. */
const POSITIONS = [0, 1, 900, 70_000, 262_143];

export interface FaultTrials {
  readonly test: TestFn;
  readonly name: string;
  readonly makeWorld: (t: ExecutionContext) => Promise<FaultWorld>;
  readonly trials: readonly Trial[];
  /** How many uploads the store has that are neither complete nor aborted. */
  readonly unfinished?: (world: FaultWorld) => Promise<number>;
}

/** Trials at once: a store that is asked for more answers later than the timeouts of these trials allow. */
const TRIALS_MAX = 6;
const waiting: (() => void)[] = [];
let running = 0;

async function inTurn(work: () => Promise<void>): Promise<void> {
  if (running === TRIALS_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

export function faultTrials({ test, name, makeWorld, trials, unfinished }: FaultTrials): void {
  for (const { title, fault, matches, times = 1, outcome } of trials) {
    const run = async (t: ExecutionContext): Promise<void> => {
      const world = await makeWorld(t);
      await world.direct.createContainer(STORED.container);
      for (const k of fault.length === 0 ? [0] : POSITIONS) {
        world.proxy.decide = faultFirst(fault(k), matches, times);
        await trial(t, world, outcome, `at byte ${k}`);
        world.proxy.decide = () => undefined;
        await discard(world.direct, STORED.container, STORED.prefix);
        t.deepEqual(await listNames(world.direct, STORED.container, ""), []);
        t.is((await unfinished?.(world)) ?? 0, 0, "uploads that are left");
      }
      t.true(world.proxy.faultCount() > 0, "the fault was done");
    };
    test(`${name}: ${title}`, (t) => inTurn(() => run(t)));
  }
}

async function trial(t: ExecutionContext, world: FaultWorld, outcome: Outcome, what: string): Promise<void> {
  const { proxy, sink, direct } = world;
  const isStored = await attempt(t, () => runBackup(sink), { outcome, what: `backup, ${what}` });
  if (!isStored) {
    // What the bad network left behind is removed over a good one, as deleting the failed backup does.
    proxy.decide = () => undefined;
    const left = await listNames(direct, STORED.container, STORED.prefix);
    t.false(left.includes(`${STORED.prefix}_metadata`), "no manifest, so it is no backup");
    return;
  }
  t.deepEqual(Buffer.compare(await runRestore(direct), VOLUME), 0, `stored, ${what}`);
  let restored: Uint8Array | undefined;
  const reading = async (): Promise<void> => {
    restored = await runRestore(sink);
  };
  const isRestored = await attempt(t, reading, { outcome, what: `restore, ${what}` });
  if (isRestored) t.is(Buffer.compare(restored!, VOLUME), 0, `restored, ${what}`);
}

async function attempt(
  t: ExecutionContext,
  work: () => Promise<void>,
  { outcome, what }: { readonly outcome: Outcome; readonly what: string },
): Promise<boolean> {
  const started = Date.now();
  try {
    await work();
    return true;
  } catch (error) {
    t.is(outcome, "may fail", `${what}: ${String(error)}`);
    t.true(error instanceof AshlarError, `${what}: ${String(error)}`);
    t.regex((error as Error).message, /^Cannot [a-z]/i, what);
    return false;
  } finally {
    t.true(Date.now() - started < 60_000, `${what}: it took ${Date.now() - started} ms`);
  }
}
