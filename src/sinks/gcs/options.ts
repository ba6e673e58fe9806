/** Options of Cinder's driver for Google Cloud Storage, and a few that it lacks. */
import { UsageError } from "../../errors.js";
import type { OptionTable } from "../../options/option.js";
import type { Secret } from "../../options/secret.js";
import { bytes, count, parseBytes, seconds, secret, text, textOr, url } from "../../options/values.js";
import { DEFAULT_BLOCK_SIZE } from "../../units.js";
import { PROGRESS_TIMER, REMOTE_OPTIONS, type RemoteOptions } from "../common-options.js";
import { GCS_PART_SIZE, GCS_UNIT } from "./defaults.js";

export interface GcsOptions extends RemoteOptions {
  readonly backup_gcs_bucket: string | undefined;
  readonly backup_gcs_credential_file: string | undefined;
  readonly backup_gcs_access_token: Secret | undefined;
  readonly backup_gcs_project_id: string | undefined;
  readonly backup_gcs_bucket_location: string;
  readonly backup_gcs_storage_class: string;
  readonly backup_gcs_object_size: number;
  readonly backup_gcs_block_size: number;
  readonly backup_gcs_enable_progress_timer: boolean;
  /** Bytes; -1 for a whole object in one request. */
  readonly backup_gcs_writer_chunk_size: number;
  readonly backup_gcs_num_retries: number;
  readonly backup_gcs_timeout: number;
  readonly backup_gcs_user_agent: string;
  readonly backup_gcs_proxy_url: string | undefined;
  readonly backup_gcs_endpoint_url: string | undefined;
}

const WHOLE_OBJECT = -1;

export const GCS_OPTIONS: OptionTable<GcsOptions> = {
  backup_gcs_bucket: text("bucket; container of backups that name none"),
  backup_gcs_credential_file: text(
    "JSON key file of a service account; default: GOOGLE_APPLICATION_CREDENTIALS, else the service account of this Google machine",
  ),
  backup_gcs_access_token: secret("access token in place of a key; it is not renewed"),
  backup_gcs_project_id: text("project in which a missing bucket is created"),
  backup_gcs_bucket_location: textOr("US", "location of a bucket that is created"),
  backup_gcs_storage_class: textOr("NEARLINE", "storage class of new objects and buckets"),
  backup_gcs_object_size: bytes({
    default: 52_428_800,
    help: "maximum bytes of the volume in one object; a multiple of the block size",
  }),
  backup_gcs_block_size: bytes({ default: DEFAULT_BLOCK_SIZE, help: "unit of change tracking" }),
  backup_gcs_enable_progress_timer: PROGRESS_TIMER,
  backup_gcs_writer_chunk_size: {
    default: GCS_PART_SIZE,
    help: "bytes sent in one request, a multiple of 262144; -1 for a whole object",
    parse(given) {
      if (given === String(WHOLE_OBJECT)) return WHOLE_OBJECT;
      const size = parseBytes(given);
      if (size % GCS_UNIT === 0) return size;
      throw new UsageError(`want a multiple of ${GCS_UNIT}, or ${WHOLE_OBJECT}`);
    },
  },
  backup_gcs_num_retries: count({ default: 3, help: "attempts after the first one failed" }),
  backup_gcs_timeout: seconds({ default: 60, help: "seconds without a byte after which a request fails" }),
  backup_gcs_user_agent: textOr("gcscinder", "user agent of requests"),
  backup_gcs_proxy_url: url("proxy"),
  backup_gcs_endpoint_url: url("server, if it is not Google's"),
  ...REMOTE_OPTIONS,
};

/** Bytes of a part. */
export function gcsPartSize(options: GcsOptions): number {
  const { backup_gcs_writer_chunk_size: partSize, backup_gcs_object_size: objectSize } = options;
  return partSize === WHOLE_OBJECT ? Math.ceil(objectSize / GCS_UNIT) * GCS_UNIT : partSize;
}
