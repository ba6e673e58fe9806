/** Backups and restores through a bad network to a strict stand-in for Google Cloud Storage. */
import test, { type ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import type { HttpClient } from "../../src/ports.js";
import { metadataToken } from "../../src/sinks/gcs/auth.js";
import { GcsSink } from "../../src/sinks/gcs/sink.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type GcsEmulator, startGcsEmulator } from "./gcs-emulator.js";
import { type FaultWorld, faultPolicy, faultTrials } from "./store-faults.js";
import { answer, commonTrials, faults, type StoreExchanges, trialOf } from "./store-trials.js";

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
  const policy = faultPolicy();
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
const isBegin = (exchange: Exchange): boolean => exchange.method === "POST" && isUpload(exchange);
const exchanges: StoreExchanges = {
  isPut: (exchange) => exchange.method === "PUT" && isUpload(exchange),
  isGet: ({ url }) => url.includes("alt=media"),
  isList: ({ url }) => url.includes("prefix="),
  isOwn: () => true,
};
const trials = [
  ...commonTrials(exchanges),
  trialOf("an expired token", answer(401), isUpload),
  trialOf("a lost answer to the beginning of an upload", faults.loseAnswer, isBegin),
  trialOf("a flipped bit in a part", faults.flipRequest, exchanges.isPut, { outcome: "may fail" }),
];

faultTrials({ test, name: "GCS", makeWorld, trials });
