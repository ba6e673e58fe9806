import { readFile } from "node:fs/promises";
import { UsageError } from "../../errors.js";
import type { HttpClient } from "../../ports.js";
import { type GcsAuth, givenToken, metadataToken } from "../../sinks/gcs/auth.js";
import { gcsPartSize } from "../../sinks/gcs/options.js";
import { parseServiceAccountKey, serviceAccountToken } from "../../sinks/gcs/service-account.js";
import { GcsSink } from "../../sinks/gcs/sink.js";
import { parseGcsUrl, printGcsUrl } from "../../sinks/gcs/url.js";
import { nodeClock } from "../clock.js";
import { nodeHashes } from "../codecs/hashes.js";
import type { RepositoryContext, RepositoryKind } from "./kind.js";
import { remote } from "./remote.js";

/** A bucket of Google Cloud Storage. */
export const gcsKind: RepositoryKind = {
  schemes: ["gs:"],
  canonical: (url) => printGcsUrl(parseGcsUrl(url)),
  async open(url, { settings, option, buckets }) {
    const { bucket, endpoint } = parseGcsUrl(url);
    const { NodeHttpClient } = await import("../http/client.js");
    const client = new NodeHttpClient({
      timeoutMs: 1000 * Number(option("backup_gcs_timeout")),
      proxy: option("backup_gcs_proxy_url"),
      names: { address: "backup_gcs_endpoint_url" },
    });
    const attempts = 1 + Number(option("backup_gcs_num_retries"));
    const { http, opened } = remote(client, { buckets, attempts });
    const sink = new GcsSink({
      http,
      hashes: nodeHashes,
      clock: nodeClock,
      auth: await authOf(option, http),
      ...{ endpoint, bucket },
      project: option("backup_gcs_project_id"),
      location: option("backup_gcs_bucket_location"),
      storageClass: option("backup_gcs_storage_class"),
      partSize: gcsPartSize(option),
      userAgent: option("backup_gcs_user_agent"),
      createsContainers: settings.createsContainers,
    });
    return opened(sink);
  },
};

async function authOf(option: RepositoryContext["option"], http: HttpClient): Promise<GcsAuth> {
  const token = option("backup_gcs_access_token");
  if (token !== undefined) return givenToken(token);
  const file = option("backup_gcs_credential_file") ?? process.env.GOOGLE_APPLICATION_CREDENTIALS;
  if (file === undefined || file === "") return metadataToken({ http, clock: nodeClock });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(
      `Cannot use backup_gcs_credential_file "${file}": want a file that is there and can be read`,
      { cause },
    );
  }
  return serviceAccountToken({ http, clock: nodeClock, key: parseServiceAccountKey(text) });
}
