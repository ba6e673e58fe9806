import { parseFlag, parseSize } from "../../sinks/option-checks.js";
import { S3Sink } from "../../sinks/s3/sink.js";
import type { CustomerKey } from "../../sinks/s3/sse.js";
import { parseS3Url, printS3Url, resolveLocation } from "../../sinks/s3/url.js";
import { nodeClock } from "../clock.js";
import { nodeHashes } from "../codecs/hashes.js";
import { awsCredentials } from "../http/aws-credentials.js";
import { readCertificates } from "../http/certificates.js";
import type { NodeHttpClient } from "../http/client.js";
import type { RepositoryContext, RepositoryKind } from "./kind.js";
import { remote } from "./remote.js";

type Option = RepositoryContext["option"];

/** A bucket of an S3 server. */
export const s3Kind: RepositoryKind = {
  schemes: ["s3:"],
  canonical: (url) => printS3Url(parseS3Url(url)),
  async open(url, { settings, option, buckets }) {
    const location = parseS3Url(url);
    const { endpoint, region, style } = resolveLocation(location);
    const { http, opened } = remote(await clientOf(option, endpoint), {
      buckets,
      attempts: Math.max(1, Number(option("backup_s3_retry_max_attempts"))),
      // 400 is also how servers say that a body came changed, cut or late.
      temporary: [400],
    });
    const given = {
      accessKeyId: option("backup_s3_store_access_key"),
      secretAccessKey: option("backup_s3_store_secret_key"),
      sessionToken: option("backup_s3_store_session_token"),
    };
    const sink = new S3Sink({
      http,
      hashes: nodeHashes,
      clock: nodeClock,
      credentials: awsCredentials(given, process.env),
      ...{ endpoint, region, style, bucket: location.bucket },
      partSize: parseSize(option("backup_s3_part_size")!),
      verifyMd5: parseFlag(option("backup_s3_md5_validation")!),
      customerKey: customerKeyOf(option),
      storageClass: option("backup_s3_storage_class"),
      createsContainers: settings.createsContainers,
    });
    return opened(sink);
  },
};

async function clientOf(option: Option, endpoint: string): Promise<NodeHttpClient> {
  const file = option("backup_s3_ca_cert_file");
  const { NodeHttpClient } = await import("../http/client.js");
  return new NodeHttpClient({
    ca: file === undefined ? undefined : await readCertificates("backup_s3_ca_cert_file", file),
    isInsecure: !parseFlag(option("backup_s3_verify_ssl")!),
    timeoutMs: 1000 * Number(option("backup_s3_timeout")),
    connections: Number(option("backup_s3_max_pool_connections")),
    names: { ca: "backup_s3_ca_cert_file", address: "backup_s3_endpoint_url" },
    proxy: option(endpoint.startsWith("https:") ? "backup_s3_https_proxy" : "backup_s3_http_proxy"),
  });
}

/** The key counts alone: AES256 is the only algorithm that there is. */
function customerKeyOf(option: Option): CustomerKey | undefined {
  const key = option("backup_s3_sse_customer_key");
  return key === undefined ? undefined : { key, algorithm: option("backup_s3_sse_customer_algorithm") };
}
