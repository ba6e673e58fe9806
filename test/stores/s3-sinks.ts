/** S3 sinks on servers of the tests. */
import type { ExecutionContext } from "ava";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import { S3Sink, type S3SinkOptions } from "../../src/sinks/s3/sink.js";
import type { S3Account } from "./radosgw-server.js";

/** Rows that S3 lists in a page at most. */
export const S3_PAGE_SIZE = 1000;

export type S3TestOptions = Partial<Omit<S3SinkOptions, "credentials" | "endpoint" | "hashes">>;

export function makeS3Sink(
  t: ExecutionContext,
  { endpoint }: { readonly endpoint: string },
  account: S3Account,
  options: S3TestOptions = {},
): S3Sink {
  const http = options.http ?? new NodeHttpClient();
  t.teardown(() => http.close());
  return new S3Sink({
    clock: nodeClock,
    ...options,
    http,
    hashes: nodeHashes,
    endpoint,
    credentials: async () => account,
  });
}
