import { UsageError } from "../../errors.js";
import type { SinkDefinition } from "../definition.js";
import { GCS_PARTS_MAX, GCS_READ_BUFFER_SIZE, GCS_SERVICE } from "./defaults.js";
import { GCS_OPTIONS, type GcsOptions, gcsPartSize } from "./options.js";
import { parseGcsUrl, printGcsUrl } from "./url.js";

/** A bucket of Google Cloud Storage. */
export const gcs: SinkDefinition<GcsOptions> = {
  name: "gcs",
  service: GCS_SERVICE,
  schemes: ["gs:"],
  options: GCS_OPTIONS,
  canonical: (url) => printGcsUrl(parseGcsUrl(url)),
  locate(url, options) {
    const given = url === undefined ? undefined : parseGcsUrl(url);
    const bucket = given?.bucket ?? options.backup_gcs_bucket;
    if (bucket === undefined) {
      throw new UsageError(
        "Cannot use gcs: no bucket is given; set backup_gcs_bucket, or give a repository gs://bucket",
      );
    }
    return printGcsUrl({ bucket, endpoint: given?.endpoint ?? options.backup_gcs_endpoint_url });
  },
  containerOf: (url) => parseGcsUrl(url).bucket,
  backupDefaults: (options) => ({
    fileSize: options.backup_gcs_object_size,
    blockSize: options.backup_gcs_block_size,
    container: options.backup_gcs_bucket,
    progressTimer: options.backup_gcs_enable_progress_timer,
  }),
  memory: (options) => ({
    bufferSize: gcsPartSize(options),
    readBufferSize: GCS_READ_BUFFER_SIZE,
    buffersMax: GCS_PARTS_MAX,
    isRemote: true,
  }),
  async open(url, options, host) {
    const { openGcs } = await import("./open.js");
    return await openGcs(url, options, host);
  },
};
