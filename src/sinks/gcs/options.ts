/** Google Cloud Storage: the reference system's options, and a few for what it leaves out. */
import { UsageError } from "../../errors.js";
import { DEFAULT_BLOCK_SIZE } from "../../units.js";
import type { Driver, DriverOption, OptionLookup } from "../driver.js";
import { checkHttpUrl, PROGRESS_TIMER, parseBytes, parseCount } from "../option-checks.js";
import { GCS_PART_SIZE, GCS_PARTS_MAX, GCS_READ_BUFFER_SIZE, GCS_SERVICE, GCS_UNIT } from "./defaults.js";
import { parseGcsUrl, printGcsUrl } from "./url.js";

const OPTIONS: Readonly<Record<string, DriverOption>> = {
  backup_gcs_bucket: { help: "bucket, and container for backups that name none" },
  backup_gcs_credential_file: {
    help: "JSON key of a service account; where left out, GOOGLE_APPLICATION_CREDENTIALS, or the account that this machine of Google's runs as",
  },
  backup_gcs_access_token: { help: "access token, instead of a key; it is not renewed", isSecret: true },
  backup_gcs_project_id: { help: "project that a missing bucket is made in" },
  backup_gcs_bucket_location: { default: "US", help: "location of a bucket that is made" },
  backup_gcs_storage_class: { default: "NEARLINE", help: "storage class of new objects and buckets" },
  backup_gcs_object_size: {
    default: "52428800",
    help: "most plain bytes in one object; a multiple of the block size",
    check: parseBytes,
  },
  backup_gcs_block_size: {
    default: String(DEFAULT_BLOCK_SIZE),
    help: "unit in which changes are noticed",
    check: parseBytes,
  },
  backup_gcs_enable_progress_timer: PROGRESS_TIMER,
  backup_gcs_writer_chunk_size: {
    default: String(GCS_PART_SIZE),
    help: "bytes put in one request, a multiple of 262144; -1 for a whole object in one",
    check(text) {
      if (text !== "-1" && parseBytes(text) % GCS_UNIT !== 0) {
        throw new UsageError(`want a multiple of ${GCS_UNIT}, or -1`);
      }
    },
  },
  backup_gcs_num_retries: { default: "3", help: "tries after the first that fails", check: parseCount },
  backup_gcs_timeout: {
    default: "60",
    help: "seconds without a byte, after which a request fails",
    check: parseBytes,
  },
  backup_gcs_user_agent: { default: "gcscinder", help: "how requests present themselves" },
  backup_gcs_proxy_url: { help: "proxy", check: checkHttpUrl },
  backup_gcs_endpoint_url: { help: "another server than Google's", check: checkHttpUrl },
};

/** Bytes of a part in memory. */
export function gcsPartSize(option: OptionLookup): number {
  const text = option("backup_gcs_writer_chunk_size") ?? String(GCS_PART_SIZE);
  if (text !== "-1") return parseBytes(text);
  const objectSize = parseBytes(option("backup_gcs_object_size") ?? "52428800");
  return Math.ceil(objectSize / GCS_UNIT) * GCS_UNIT;
}

export const gcsDriver: Driver = {
  name: "gcs",
  service: GCS_SERVICE,
  schemes: ["gs:"],
  options: OPTIONS,
  objectSize: "backup_gcs_object_size",
  blockSize: "backup_gcs_block_size",
  progressTimer: "backup_gcs_enable_progress_timer",
  container: "backup_gcs_bucket",
  containerOf: (url) => parseGcsUrl(url).bucket,
  repository(url, option) {
    const said = url === undefined ? undefined : parseGcsUrl(url);
    const bucket = said?.bucket ?? option("backup_gcs_bucket");
    if (bucket === undefined) {
      throw new UsageError(
        "Cannot use gcs: it is not said which bucket; want backup_gcs_bucket, or a repository gs://bucket",
      );
    }
    return printGcsUrl({ bucket, endpoint: said?.endpoint ?? option("backup_gcs_endpoint_url") });
  },
  memory: (option) => ({
    bufferSize: gcsPartSize(option),
    readBufferSize: GCS_READ_BUFFER_SIZE,
    buffersMax: GCS_PARTS_MAX,
    isRemote: true,
  }),
};
