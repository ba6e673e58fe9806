/** Backups and restores through a bad network to a real radosgw, small objects and objects in parts. */
import test, { type ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { S3Connection } from "../../src/sinks/s3/connection.js";
import { listUploads } from "../../src/sinks/s3/listing.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type S3Account, startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { type FaultWorld, faultPolicy, faultTrials, STORED } from "./store-faults.js";
import {
  commonTrials,
  etagTrials,
  faults,
  headTrials,
  type StoreExchanges,
  trialOf,
} from "./store-trials.js";
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
  const policy = faultPolicy();
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
const isBegin = ({ method, url }: Exchange): boolean => method === "POST" && url.includes("uploads=");
const isComplete = ({ method, url }: Exchange): boolean => method === "POST" && url.includes("uploadId=");
const exchanges: StoreExchanges = {
  isPut: (exchange) => exchange.method === "PUT" && isObject(exchange),
  isGet: (exchange) => exchange.method === "GET" && isObject(exchange),
  isList: ({ url }) => url.includes("list-type=2"),
  isOwn: () => true,
};
const trials = [
  ...commonTrials(exchanges),
  ...headTrials(
    ({ method, url }) => method === "HEAD" && exchanges.isOwn({ index: 0, method, url, headers: {} }),
  ),
  ...etagTrials(exchanges),
  trialOf("a lost answer to the beginning of an upload", faults.loseAnswer, isBegin),
  trialOf("a lost answer to the completion of an upload", faults.loseAnswer, isComplete),
  trialOf("the completion of an upload delivered twice", faults.duplicate, isComplete, { times: 2 }),
];

faultTrials({
  test,
  name: "S3",
  makeWorld,
  trials,
  unfinished: (world) => unfinished(world as S3World),
});
