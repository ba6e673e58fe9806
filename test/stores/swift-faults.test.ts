/** Backups and restores through a bad network to a real Swift: they are right, or fail in clear words and leave nothing. */
import test, { type ExecutionContext } from "ava";
import { openChain } from "../../src/chain/chain.js";
import { AshlarError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { NodeHttpClient } from "../../src/node/http.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { backup } from "../../src/pipeline/backup.js";
import { restore } from "../../src/pipeline/restore.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { timerSleep } from "../../src/sinks/layers/backoff.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { listNames, patternBytes } from "../sinks/objects.js";
import { type Exchange, type Fault, type FaultProxy, faultFirst, startFaultProxy } from "./fault-proxy.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const swift = useServer(test, startSwift);
const VOLUME = patternBytes(700_000, 3);
const STORED = {
  container: "backups",
  prefix: "volume_v/20260101000000/az_nova_backup_b",
  backupId: "b",
  volumeId: "v",
};
const TIMEOUT_MS = 1500;

interface World {
  readonly proxy: FaultProxy;
  /** Through the proxy, with everything that the command puts around it. */
  readonly sink: ObjectSink;
  /** Past the proxy. */
  readonly direct: ObjectSink;
}

async function makeWorld(t: ExecutionContext): Promise<World> {
  const account = newAccount(swift.server);
  const proxy = await startFaultProxy(t, swift.server.url);
  const policy = { clock: nodeClock, sleep: timerSleep, random: () => 0.5, attempts: 4, delayMs: 20 };
  const client = new NodeHttpClient({ timeoutMs: TIMEOUT_MS });
  t.teardown(() => client.close());
  const http = new RetryClient(client, policy, [422]);
  const seen = account.replace(swift.server.url, proxy.url);
  const auth = tempAuth(`${proxy.url}/auth/v1.0`, seen, http);
  const inner = swiftSink(auth, { http, partSize: 262_144 });
  const sink = new RetrySink(inner, { ...policy, what: "reads" });
  const direct = swiftSink(tempAuth(swift.server.authUrl, account));
  await direct.createContainer(STORED.container);
  return { proxy, sink, direct };
}

async function runBackup(sink: ObjectSink): Promise<void> {
  const identity = { backupId: "b", volumeId: "v", backupName: null, backupDescription: null };
  await backup(new MemorySource(VOLUME), sink, {
    ...STORED,
    identity: { ...identity, createdAt: "2026-01-01 00:00:00+00:00" },
    parentId: null,
    parent: undefined,
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
  await restore(await openChain([{ ...STORED, sink }], runtime.hashes), target, { runtime });
  return target.bytes;
}

type Outcome = "completes" | "may fail";

interface Trial {
  readonly title: string;
  readonly fault: (k: number) => Fault;
  readonly matches: (exchange: Exchange) => boolean;
  readonly times?: number;
  readonly outcome: Outcome;
}

const isPut = ({ method, url }: Exchange): boolean => method === "PUT" && url.includes("/backups/");
const isGet = ({ method, url }: Exchange): boolean => method === "GET" && url.includes("/backups/");
const anything = ({ url }: Exchange): boolean => url.includes("/v1/");

const TRIALS: readonly Trial[] = [
  {
    title: "reset while a put is sent",
    fault: (after) => ({ kind: "reset-request", after }),
    matches: isPut,
    outcome: "completes",
  },
  {
    title: "reset while an object is read",
    fault: (after) => ({ kind: "reset-response", after }),
    matches: isGet,
    times: 3,
    outcome: "completes",
  },
  {
    title: "429 with Retry-After",
    fault: () => ({ kind: "answer", status: 429, headers: { "retry-after": "1" } }),
    matches: anything,
    times: 2,
    outcome: "completes",
  },
  {
    title: "500",
    fault: () => ({ kind: "answer", status: 500 }),
    matches: anything,
    times: 3,
    outcome: "completes",
  },
  {
    title: "503 to every third",
    fault: () => ({ kind: "answer", status: 503 }),
    matches: ({ index }) => index % 3 === 0,
    times: 1000,
    outcome: "completes",
  },
  {
    title: "503 for ever",
    fault: () => ({ kind: "answer", status: 503 }),
    matches: isPut,
    times: 100_000,
    outcome: "may fail",
  },
  {
    title: "an expired token",
    fault: () => ({ kind: "answer", status: 401 }),
    matches: isPut,
    outcome: "completes",
  },
  {
    title: "a slow drip",
    fault: () => ({ kind: "drip", size: 40_000, everyMs: 30 }),
    matches: isGet,
    times: 2,
    outcome: "completes",
  },
  {
    title: "a body cut short of its length",
    fault: (after) => ({ kind: "truncate", after, keepsLength: true }),
    matches: isGet,
    outcome: "completes",
  },
  {
    title: "a body cut, without a length",
    fault: (after) => ({ kind: "truncate", after, keepsLength: false }),
    matches: isGet,
    outcome: "may fail",
  },
  {
    title: "a lost answer to a put",
    fault: () => ({ kind: "lose-answer" }),
    matches: isPut,
    times: 2,
    outcome: "completes",
  },
  {
    title: "a put delivered twice",
    fault: () => ({ kind: "duplicate" }),
    matches: isPut,
    times: 4,
    outcome: "completes",
  },
  {
    title: "a wrong ETag of a put",
    fault: () => ({ kind: "etag", etag: "0".repeat(32) }),
    matches: isPut,
    outcome: "may fail",
  },
  {
    title: "a wrong ETag of a read",
    fault: () => ({ kind: "etag", etag: "0".repeat(32) }),
    matches: isGet,
    outcome: "may fail",
  },
  {
    title: "a flipped bit in a put",
    fault: (at) => ({ kind: "flip-request", at }),
    matches: isPut,
    outcome: "completes",
  },
  {
    title: "a flipped bit in a read",
    fault: (at) => ({ kind: "flip-response", at }),
    matches: isGet,
    outcome: "may fail",
  },
  {
    title: "an answer that never comes",
    fault: () => ({ kind: "hang" }),
    matches: anything,
    outcome: "completes",
  },
  {
    title: "no answer at all",
    fault: () => ({ kind: "hang" }),
    matches: isPut,
    times: 100_000,
    outcome: "may fail",
  },
  {
    title: "stale listings",
    fault: () => ({ kind: "stale" }),
    matches: ({ url }) => url.includes("prefix="),
    times: 1000,
    outcome: "completes",
  },
];

/** Near the beginning, in the middle, and at the end of objects of 256 KiB, digest tables and manifests. */
const POSITIONS = [0, 1, 900, 70_000, 262_143];

for (const { title, fault, matches, times = 1, outcome } of TRIALS) {
  test(`swift: ${title}`, async (t) => {
    const world = await makeWorld(t);
    const positions = fault.length === 0 ? [0] : POSITIONS;
    for (const k of positions) {
      world.proxy.decide = faultFirst(fault(k), matches, times);
      await trial(t, world, outcome, `at byte ${k}`);
      for await (const { name } of world.direct.list(STORED.container, "")) {
        await world.direct.remove(STORED.container, name);
      }
      await world.direct.removeUnfinished(STORED.container, "");
    }
    t.true(world.proxy.faultCount() > 0, "the fault was done");
  });
}

async function trial(t: ExecutionContext, world: World, outcome: Outcome, what: string): Promise<void> {
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
