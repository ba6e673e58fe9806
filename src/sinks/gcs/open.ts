import type { HttpClient } from "../../ports.js";
import { locksObjects } from "../common-options.js";
import type { OpenedSink } from "../definition.js";
import type { SinkHost } from "../host.js";
import { remote } from "../http/remote.js";
import { readOptionFile } from "../option-file.js";
import { type GcsAuth, givenToken, metadataToken } from "./auth.js";
import { type GcsOptions, gcsPartSize } from "./options.js";
import { parseServiceAccountKey, serviceAccountToken } from "./service-account.js";
import { GcsSink } from "./sink.js";
import { parseGcsUrl } from "./url.js";

export async function openGcs(url: string, options: GcsOptions, host: SinkHost): Promise<OpenedSink> {
  const { bucket, endpoint } = parseGcsUrl(url);
  const client = await host.http({
    timeoutMs: 1000 * options.backup_gcs_timeout,
    proxy: options.backup_gcs_proxy_url,
    names: { address: "backup_gcs_endpoint_url" },
  });
  const { http, opened } = remote(client, {
    host,
    attempts: 1 + options.backup_gcs_num_retries,
    retryAfterMsMax: 1000 * options.backup_retry_after_max,
  });
  const sink = new GcsSink({
    http,
    hashes: host.hashes,
    clock: host.clock,
    auth: await authOf(options, http, host),
    ...{ endpoint, bucket },
    project: options.backup_gcs_project_id,
    location: options.backup_gcs_bucket_location,
    storageClass: options.backup_gcs_storage_class,
    partSize: gcsPartSize(options),
    userAgent: options.backup_gcs_user_agent,
    createsContainers: options.backup_create_containers,
    locksObjects: locksObjects(options),
  });
  return opened(sink);
}

async function authOf(options: GcsOptions, http: HttpClient, host: SinkHost): Promise<GcsAuth> {
  const { clock } = host;
  const { backup_gcs_access_token: token, backup_gcs_credential_file: given } = options;
  if (token !== undefined) return givenToken(token);
  const path = given ?? host.environment?.GOOGLE_APPLICATION_CREDENTIALS;
  if (path === undefined || path === "") return metadataToken({ http, clock });
  const option = given === undefined ? "GOOGLE_APPLICATION_CREDENTIALS" : "backup_gcs_credential_file";
  const key = parseServiceAccountKey(await readOptionFile(option, path, host));
  return serviceAccountToken({ http, clock, key });
}
