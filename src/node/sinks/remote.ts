/** What every store over HTTP has around it: bytes a second are limited, and what fails for now is tried again. */
import type { HttpClient } from "../../ports.js";
import { BandwidthClient } from "../../sinks/http/bandwidth-client.js";
import { RetryClient } from "../../sinks/http/retry-client.js";
import { webRetries } from "../../sinks/http/web.js";
import type { Buckets } from "../../sinks/layers/bandwidth.js";
import { RetrySink } from "../../sinks/layers/retry.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { OpenedRepository } from "./kind.js";

export interface RemoteOptions {
  readonly buckets: Buckets;
  /** Of one call in all. */
  readonly attempts: number;
  /** The first wait takes at most so long. */
  readonly delayMs?: number;
  /** Statuses that may pass, beside those that may with every server. */
  readonly temporary?: readonly number[];
}

export interface Remote {
  /** For the sink's requests. */
  readonly http: HttpClient;
  opened(sink: ObjectSink): OpenedRepository;
}

export function remote(client: HttpClient, { buckets, temporary, ...policyOptions }: RemoteOptions): Remote {
  const policy = webRetries(policyOptions);
  return {
    http: new RetryClient(new BandwidthClient(client, buckets), policy, temporary),
    // The client asks again for all but bodies that were cut.
    opened: (sink) => ({
      sink: new RetrySink(sink, { ...policy, what: "reads" }),
      close: () => client.close(),
    }),
  };
}
