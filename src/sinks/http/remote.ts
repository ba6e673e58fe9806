/** The layers around every store over HTTP: bandwidth limits, and retries of temporary failures. */
import type { HttpClient } from "../../ports.js";
import { sleep } from "../../sleep.js";
import type { OpenedSink } from "../definition.js";
import type { SinkHost } from "../host.js";
import { RetrySink } from "../layers/retry.js";
import type { ObjectSink } from "../sink.js";
import { BandwidthClient } from "./bandwidth-client.js";
import { RetryClient, type TemporaryStatus } from "./retry-client.js";

export interface RemoteOptions {
  readonly host: SinkHost;
  /** Attempts of one call, including the first. */
  readonly attempts: number;
  /** Upper bound of the first wait, milliseconds. */
  readonly delayMs?: number;
  /** The longest wait that the server may ask for, milliseconds. */
  readonly retryAfterMsMax: number;
  /** Statuses that are temporary with this store, beside those that are with every server. */
  readonly temporary?: readonly (number | TemporaryStatus)[];
}

export interface Remote {
  /** For the sink's requests. */
  readonly http: HttpClient;
  opened(sink: ObjectSink): OpenedSink;
}

export function remote(client: HttpClient, { host, temporary, ...given }: RemoteOptions): Remote {
  const policy = { ...given, clock: host.clock, sleep, random: Math.random };
  return {
    http: new RetryClient(new BandwidthClient(client, host.buckets ?? {}), policy, temporary),
    // The client retries everything except interrupted response bodies.
    opened: (sink) => ({
      sink: new RetrySink(sink, { ...policy, what: "reads" }),
      close: () => client.close(),
    }),
  };
}
