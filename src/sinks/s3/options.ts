/** S3: the reference system's options, and a few for what it leaves out. */
import { UsageError } from "../../errors.js";
import { DEFAULT_BLOCK_SIZE, MIB } from "../../units.js";
import type { Driver, DriverOption } from "../driver.js";
import {
  checkChoice,
  checkHttpUrl,
  PROGRESS_TIMER,
  parseBytes,
  parseCount,
  parseFlag,
  parseSize,
} from "../option-checks.js";
import { S3_PART_SIZE, S3_PARTS_MAX, S3_READ_BUFFER_SIZE, S3_SERVICE } from "./defaults.js";
import { parseS3Url, printS3Url } from "./url.js";

const PART_SIZE_MIN: number = 5 * MIB;

const OPTIONS: Readonly<Record<string, DriverOption>> = {
  backup_s3_endpoint_url: { help: "the server; AWS where left out", check: checkHttpUrl },
  backup_s3_region: { help: "region of the bucket, us-east-1 where left out" },
  backup_s3_addressing_style: {
    help: "where the bucket stands: path (behind the host) or virtual (in front of it)",
    check: (text) => checkChoice(text, ["path", "virtual"]),
  },
  backup_s3_store_access_key: {
    help: "access key; where left out, AWS_ACCESS_KEY_ID or the profile AWS_PROFILE of ~/.aws/credentials counts",
  },
  backup_s3_store_secret_key: { help: "secret key", isSecret: true },
  backup_s3_store_session_token: { help: "session token of temporary keys", isSecret: true },
  backup_s3_store_bucket: {
    default: "volumebackups",
    help: "bucket, and container for backups that name none",
  },
  backup_s3_storage_class: { help: "storage class of new objects; the server's default where left out" },
  backup_s3_object_size: {
    default: "52428800",
    help: "most plain bytes in one object; a multiple of the block size",
    check: parseBytes,
  },
  backup_s3_block_size: {
    default: String(DEFAULT_BLOCK_SIZE),
    help: "unit in which changes are noticed",
    check: parseBytes,
  },
  backup_s3_enable_progress_timer: PROGRESS_TIMER,
  backup_s3_part_size: {
    default: String(S3_PART_SIZE),
    help: "most bytes put in one request, as 16M too, at least 5M; larger objects are uploaded in parts",
    check(text) {
      if (parseSize(text) < PART_SIZE_MIN) throw new UsageError("want at least 5M, which servers insist on");
    },
  },
  backup_s3_md5_validation: {
    default: "true",
    help: "whether MD5s that the server tells are compared",
    check: parseFlag,
  },
  backup_s3_sse_customer_key: {
    help: "key of 32 characters, with which the server encrypts",
    isSecret: true,
  },
  backup_s3_sse_customer_algorithm: { help: "AES256, where there is such a key" },
  backup_s3_retry_max_attempts: { default: "4", help: "tries of a request in all", check: parseCount },
  backup_s3_timeout: {
    default: "60",
    help: "seconds without a byte, after which a request fails",
    check(text) {
      if (!(Number(text) > 0)) throw new UsageError("want a number of seconds above 0");
    },
  },
  backup_s3_max_pool_connections: { default: "10", help: "connections at once", check: parseBytes },
  backup_s3_verify_ssl: {
    default: "true",
    help: "whether the server's certificate is checked",
    check: parseFlag,
  },
  backup_s3_ca_cert_file: { help: "file of certificates that are trusted, PEM" },
  backup_s3_http_proxy: { help: "proxy for servers of http:", check: checkHttpUrl },
  backup_s3_https_proxy: { help: "proxy for servers of https:", check: checkHttpUrl },
};

export const s3Driver: Driver = {
  name: "s3",
  service: S3_SERVICE,
  schemes: ["s3:"],
  options: OPTIONS,
  objectSize: "backup_s3_object_size",
  blockSize: "backup_s3_block_size",
  progressTimer: "backup_s3_enable_progress_timer",
  container: "backup_s3_store_bucket",
  containerOf: (url) => parseS3Url(url).bucket,
  repository(url, option) {
    const said = url === undefined ? undefined : parseS3Url(url);
    const style = option("backup_s3_addressing_style");
    return printS3Url({
      bucket: said?.bucket ?? option("backup_s3_store_bucket") ?? "volumebackups",
      // A URL that names a bucket alone means the server that the options name.
      endpoint: said?.endpoint ?? option("backup_s3_endpoint_url"),
      region: said?.region ?? option("backup_s3_region"),
      style: said?.style ?? (style === "path" || style === "virtual" ? style : undefined),
    });
  },
  memory: (option) => ({
    bufferSize: parseSize(option("backup_s3_part_size") ?? String(S3_PART_SIZE)),
    readBufferSize: S3_READ_BUFFER_SIZE,
    buffersMax: S3_PARTS_MAX,
    isRemote: true,
  }),
};
