/** Backups and restores through a bad network to a real radosgw, small objects and objects in parts. */
import test, { type ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/hashes.js";
import { NodeHttpClient } from "../../src/node/http.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { timerSleep } from "../../src/sinks/layers/backoff.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { S3Connection } from "../../src/sinks/s3/connection.js";
import { listUploads } from "../../src/sinks/s3/listing.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type S3Account, startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { type FaultWorld, faultTrials, STORED, type Trial } from "./store-faults.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);
const TIMEOUT_MS = 1500;
/** Of which the volume's objects take two. */
const PART_SIZE = 262_144;

interface S3World extends FaultWorld {
  readonly account: S3Account;
}

async function makeWorld(t: ExecutionContext): Promise<S3World> {
  const account = await radosgw.server.makeAccount();
  const proxy = await startFaultProxy(t, radosgw.server.endpoint);
  const policy = { clock: nodeClock, sleep: timerSleep, random: () => 0.5, attempts: 4, delayMs: 20 };
  const client = new NodeHttpClient({ timeoutMs: TIMEOUT_MS });
  t.teardown(() => client.close());
  const http = new RetryClient(client, policy, [400]);
  const inner = makeS3Sink(t, { endpoint: proxy.url }, account, { http, partSize: PART_SIZE });
  const direct = makeS3Sink(t, radosgw.server, account);
  return { proxy, account, direct, sink: new RetrySink(inner, { ...policy, what: "reads" }) };
}

async function unfinished({ account }: S3World): Promise<number> {
  const connection = new S3Connection({
    http: new NodeHttpClient(),
    clock: nodeClock,
    hashes: nodeHashes,
    credentials: async () => account,
    region: "us-east-1",
    address: { endpoint: radosgw.server.endpoint, style: "path" },
  });
  let count = 0;
  for await (const _ of listUploads(connection, { bucket: STORED.container, prefix: "" })) count++;
  return count;
}

const isObject = ({ url }: Exchange): boolean => url.startsWith("/backups/volume_v");
const isPut = (exchange: Exchange): boolean => exchange.method === "PUT" && isObject(exchange);
const isGet = (exchange: Exchange): boolean => exchange.method === "GET" && isObject(exchange);
const isBegin = (exchange: Exchange): boolean =>
  exchange.method === "POST" && exchange.url.includes("uploads=");
const isComplete = (exchange: Exchange): boolean =>
  exchange.method === "POST" && exchange.url.includes("uploadId=");
const isList = ({ url }: Exchange): boolean => url.includes("list-type=2");
const anything = (): boolean => true;

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
    title: "a lost answer to the beginning of an upload",
    fault: () => ({ kind: "lose-answer" }),
    matches: isBegin,
    outcome: "completes",
  },
  {
    title: "a lost answer to the completion of an upload",
    fault: () => ({ kind: "lose-answer" }),
    matches: isComplete,
    outcome: "completes",
  },
  {
    title: "the completion of an upload delivered twice",
    fault: () => ({ kind: "duplicate" }),
    matches: isComplete,
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
    matches: isList,
    times: 1000,
    outcome: "completes",
  },
];

faultTrials({
  test,
  name: "S3",
  makeWorld,
  trials: TRIALS,
  unfinished: (world) => unfinished(world as S3World),
});
