import type { HttpClient } from "../../ports.js";
import { locksObjects } from "../common-options.js";
import type { OpenedSink } from "../definition.js";
import type { SinkHost } from "../host.js";
import { remote } from "../http/remote.js";
import { readCertificates } from "../option-file.js";
import { s3Credentials } from "./credentials.js";
import { S3_TEMPORARY } from "./error.js";
import type { S3Options } from "./options.js";
import { S3Sink } from "./sink.js";
import type { CustomerKey } from "./sse.js";
import { parseS3Url, resolveLocation } from "./url.js";

export async function openS3(url: string, options: S3Options, host: SinkHost): Promise<OpenedSink> {
  const location = parseS3Url(url);
  const { endpoint, region, style } = resolveLocation(location);
  const { http, opened } = remote(await clientOf(options, endpoint, host), {
    host,
    attempts: Math.max(1, options.backup_s3_retry_max_attempts),
    retryAfterMsMax: 1000 * options.backup_retry_after_max,
    temporary: S3_TEMPORARY,
  });
  const given = {
    accessKeyId: options.backup_s3_store_access_key,
    secretAccessKey: options.backup_s3_store_secret_key,
    sessionToken: options.backup_s3_store_session_token,
  };
  const sink = new S3Sink({
    http,
    hashes: host.hashes,
    clock: host.clock,
    credentials: s3Credentials(given, host),
    ...{ endpoint, region, style, bucket: location.bucket },
    partSize: options.backup_s3_part_size,
    verifyMd5: options.backup_s3_md5_validation,
    customerKey: customerKeyOf(options),
    storageClass: options.backup_s3_storage_class,
    createsContainers: options.backup_create_containers,
    locksObjects: locksObjects(options),
  });
  return opened(sink);
}

async function clientOf(options: S3Options, endpoint: string, host: SinkHost): Promise<HttpClient> {
  return await host.http({
    ca: await readCertificates("backup_s3_ca_cert_file", options.backup_s3_ca_cert_file, host),
    isInsecure: !options.backup_s3_verify_ssl,
    timeoutMs: 1000 * options.backup_s3_timeout,
    connections: options.backup_s3_max_pool_connections,
    names: { ca: "backup_s3_ca_cert_file", address: "backup_s3_endpoint_url" },
    proxy: endpoint.startsWith("https:") ? options.backup_s3_https_proxy : options.backup_s3_http_proxy,
  });
}

/** Depends on the key only: AES256 is the only algorithm, and the default. */
function customerKeyOf(options: S3Options): CustomerKey | undefined {
  const { backup_s3_sse_customer_key: key, backup_s3_sse_customer_algorithm: algorithm } = options;
  return key === undefined ? undefined : { key, algorithm };
}
