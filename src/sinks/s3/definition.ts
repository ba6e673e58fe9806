import type { SinkDefinition } from "../definition.js";
import { S3_PARTS_MAX, S3_READ_BUFFER_SIZE, S3_SERVICE } from "./defaults.js";
import { S3_OPTIONS, type S3Options } from "./options.js";
import { parseS3Url, printS3Url } from "./url.js";

/** A bucket of an S3 server. */
export const s3: SinkDefinition<S3Options> = {
  name: "s3",
  service: S3_SERVICE,
  schemes: ["s3:"],
  options: S3_OPTIONS,
  canonical: (url) => printS3Url(parseS3Url(url)),
  locate(url, options) {
    const given = url === undefined ? undefined : parseS3Url(url);
    return printS3Url({
      bucket: given?.bucket ?? options.backup_s3_store_bucket,
      // A URL that names only a bucket refers to the server in the options.
      endpoint: given?.endpoint ?? options.backup_s3_endpoint_url,
      region: given?.region ?? options.backup_s3_region,
      style: given?.style ?? options.backup_s3_addressing_style,
    });
  },
  containerOf: (url) => parseS3Url(url).bucket,
  backupDefaults: (options) => ({
    fileSize: options.backup_s3_object_size,
    blockSize: options.backup_s3_block_size,
    container: options.backup_s3_store_bucket,
    progressTimer: options.backup_s3_enable_progress_timer,
  }),
  memory: ({ backup_s3_part_size: bufferSize }) => ({
    bufferSize,
    readBufferSize: S3_READ_BUFFER_SIZE,
    buffersMax: S3_PARTS_MAX,
    isRemote: true,
  }),
  async open(url, options, host) {
    const { openS3 } = await import("./open.js");
    return await openS3(url, options, host);
  },
};
