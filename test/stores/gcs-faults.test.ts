/** Backups and restores through a bad network to a strict stand-in for Google Cloud Storage. */
import test, { type ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/hashes.js";
import { NodeHttpClient } from "../../src/node/http.js";
import type { HttpClient } from "../../src/ports.js";
import { metadataToken } from "../../src/sinks/gcs/auth.js";
import { GcsSink } from "../../src/sinks/gcs/sink.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { timerSleep } from "../../src/sinks/layers/backoff.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type GcsEmulator, startGcsEmulator } from "./gcs-emulator.js";
import { type FaultWorld, faultTrials, type Trial } from "./store-faults.js";

const TIMEOUT_MS = 1500;
/** Of which the volume's objects take two. */
const PART_SIZE = 262_144;

interface GcsWorld extends FaultWorld {
  readonly emulator: GcsEmulator;
}

async function makeWorld(t: ExecutionContext): Promise<GcsWorld> {
  const emulator = await startGcsEmulator();
  t.teardown(() => emulator.stop());
  const proxy = await startFaultProxy(t, emulator.url);
  const policy = { clock: nodeClock, sleep: timerSleep, random: () => 0.5, attempts: 4, delayMs: 20 };
  const client = new NodeHttpClient({ timeoutMs: TIMEOUT_MS });
  t.teardown(() => client.close());
  const sinkAt = (endpoint: string, http: HttpClient): GcsSink =>
    new GcsSink({
      ...{ http, endpoint, hashes: nodeHashes, clock: nodeClock, project: "tests", partSize: PART_SIZE },
      auth: metadataToken({ http, clock: nodeClock, server: endpoint }),
    });
  const sink = new RetrySink(sinkAt(proxy.url, new RetryClient(client, policy)), {
    ...policy,
    what: "reads",
  });
  return { proxy, emulator, sink, direct: sinkAt(emulator.url, client) };
}

const isUpload = ({ url }: Exchange): boolean => url.startsWith("/upload/");
const isPut = (exchange: Exchange): boolean => exchange.method === "PUT" && isUpload(exchange);
const isBegin = (exchange: Exchange): boolean => exchange.method === "POST" && isUpload(exchange);
const isGet = ({ url }: Exchange): boolean => url.includes("alt=media");
const isList = ({ url }: Exchange): boolean => url.includes("prefix=");
const anything = (): boolean => true;
const status = (code: number, headers = {}) => ({ kind: "answer", status: code, headers }) as const;

const TRIALS: readonly Trial[] = [
  {
    title: "reset while a part is sent",
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
    fault: () => status(429, { "retry-after": "1" }),
    matches: anything,
    times: 2,
    outcome: "completes",
  },
  { title: "500", fault: () => status(500), matches: anything, times: 3, outcome: "completes" },
  {
    title: "503 to every third",
    fault: () => status(503),
    matches: ({ index }) => index % 3 === 0,
    times: 1000,
    outcome: "completes",
  },
  { title: "503 for ever", fault: () => status(503), matches: isPut, times: 100_000, outcome: "may fail" },
  { title: "an expired token", fault: () => status(401), matches: isUpload, outcome: "completes" },
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
    title: "a lost answer to a part, and to the last one",
    fault: () => ({ kind: "lose-answer" }),
    matches: isPut,
    times: 2,
    outcome: "completes",
  },
  {
    title: "a lost answer to the beginning of an upload",
    fault: () => ({ kind: "lose-answer" }),
    matches: isBegin,
    outcome: "completes",
  },
  {
    title: "a part delivered twice",
    fault: () => ({ kind: "duplicate" }),
    matches: isPut,
    times: 4,
    outcome: "completes",
  },
  {
    title: "a flipped bit in a part",
    fault: (at) => ({ kind: "flip-request", at }),
    matches: isPut,
    outcome: "may fail",
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
    matches: isList,
    times: 1000,
    outcome: "completes",
  },
];

faultTrials({ test, name: "GCS", makeWorld, trials: TRIALS });
