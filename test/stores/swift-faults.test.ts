/** Backups and restores through a bad network to a real Swift: they are right, or fail in clear words and leave nothing. */
import test, { type ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { NodeHttpClient } from "../../src/node/http.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { timerSleep } from "../../src/sinks/layers/backoff.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type FaultWorld, faultTrials, type Trial } from "./store-faults.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const swift = useServer(test, startSwift);
const TIMEOUT_MS = 1500;

async function makeWorld(t: ExecutionContext): Promise<FaultWorld> {
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
  return { proxy, sink, direct };
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

faultTrials({ test, name: "swift", makeWorld, trials: TRIALS });
