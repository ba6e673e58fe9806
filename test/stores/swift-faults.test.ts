/** Backups and restores through a bad network to a real Swift: they are right, or fail in clear words and leave nothing. */
import test, { type ExecutionContext } from "ava";
import { NodeHttpClient } from "../../src/node/http/client.js";
import { RetryClient } from "../../src/sinks/http/retry-client.js";
import { RetrySink } from "../../src/sinks/layers/retry.js";
import { type Exchange, startFaultProxy } from "./fault-proxy.js";
import { type FaultWorld, faultPolicy, faultTrials } from "./store-faults.js";
import {
  answer,
  commonTrials,
  etagTrials,
  headTrials,
  type StoreExchanges,
  trialOf,
} from "./store-trials.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const swift = useServer(test, startSwift);
const TIMEOUT_MS = 1500;

async function makeWorld(t: ExecutionContext): Promise<FaultWorld> {
  const account = newAccount(swift.server);
  const proxy = await startFaultProxy(t, swift.server.url);
  const policy = faultPolicy();
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

const isObject = ({ url }: Exchange): boolean => url.includes("/backups/");
const exchanges: StoreExchanges = {
  isPut: (exchange) => exchange.method === "PUT" && isObject(exchange),
  isGet: (exchange) => exchange.method === "GET" && isObject(exchange),
  isList: ({ url }) => url.includes("prefix="),
  isOwn: ({ url }) => url.includes("/v1/"),
};
const trials = [
  ...commonTrials(exchanges),
  ...headTrials(
    ({ method, url }) => method === "HEAD" && exchanges.isOwn({ index: 0, method, url, headers: {} }),
  ),
  ...etagTrials(exchanges),
  trialOf("an expired token", answer(401), exchanges.isPut),
];

faultTrials({ test, name: "swift", makeWorld, trials });
