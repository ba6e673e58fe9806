/** Options of Cinder's S3 driver, and a few that it lacks. */
import { UsageError } from "../../errors.js";
import type { OptionTable } from "../../options/option.js";
import type { Secret } from "../../options/secret.js";
import {
  bytes,
  choice,
  count,
  flag,
  parseSize,
  seconds,
  secret,
  text,
  textOr,
  url,
} from "../../options/values.js";
import { DEFAULT_BLOCK_SIZE, MIB } from "../../units.js";
import { PROGRESS_TIMER, REMOTE_OPTIONS, type RemoteOptions } from "../common-options.js";
import type { S3Style } from "./address.js";
import { S3_PART_SIZE } from "./defaults.js";

export interface S3Options extends RemoteOptions {
  readonly backup_s3_endpoint_url: string | undefined;
  readonly backup_s3_region: string | undefined;
  readonly backup_s3_addressing_style: S3Style | undefined;
  readonly backup_s3_store_access_key: string | undefined;
  readonly backup_s3_store_secret_key: Secret | undefined;
  readonly backup_s3_store_session_token: Secret | undefined;
  readonly backup_s3_store_bucket: string;
  readonly backup_s3_storage_class: string | undefined;
  readonly backup_s3_object_size: number;
  readonly backup_s3_block_size: number;
  readonly backup_s3_enable_progress_timer: boolean;
  readonly backup_s3_part_size: number;
  readonly backup_s3_md5_validation: boolean;
  readonly backup_s3_sse_customer_key: Secret | undefined;
  readonly backup_s3_sse_customer_algorithm: string | undefined;
  readonly backup_s3_retry_max_attempts: number;
  readonly backup_s3_timeout: number;
  readonly backup_s3_max_pool_connections: number;
  readonly backup_s3_verify_ssl: boolean;
  readonly backup_s3_ca_cert_file: string | undefined;
  readonly backup_s3_http_proxy: string | undefined;
  readonly backup_s3_https_proxy: string | undefined;
}

const PART_SIZE_MIN: number = 5 * MIB;

export const S3_OPTIONS: OptionTable<S3Options> = {
  backup_s3_endpoint_url: url("server; default: AWS"),
  backup_s3_region: text("region of the bucket; default: us-east-1"),
  backup_s3_addressing_style: choice(
    "where the bucket is named: path (after the host) or virtual (in the host name)",
    ["path", "virtual"],
  ),
  backup_s3_store_access_key: text(
    "access key; default: AWS_ACCESS_KEY_ID, else the profile AWS_PROFILE of ~/.aws/credentials",
  ),
  backup_s3_store_secret_key: secret("secret key"),
  backup_s3_store_session_token: secret("session token of temporary keys"),
  backup_s3_store_bucket: textOr("volumebackups", "bucket; container of backups that name none"),
  backup_s3_storage_class: text("storage class of new objects; default: the server's"),
  backup_s3_object_size: bytes({
    default: 52_428_800,
    help: "maximum bytes of the volume in one object; a multiple of the block size",
  }),
  backup_s3_block_size: bytes({ default: DEFAULT_BLOCK_SIZE, help: "unit of change tracking" }),
  backup_s3_enable_progress_timer: PROGRESS_TIMER,
  backup_s3_part_size: {
    default: S3_PART_SIZE,
    help: "maximum bytes sent in one request, e.g. 16M, at least 5M; larger objects are uploaded in parts",
    parse(given) {
      const size = parseSize(given);
      if (size >= PART_SIZE_MIN) return size;
      throw new UsageError("want at least 5M, which servers insist on");
    },
  },
  backup_s3_md5_validation: flag({ default: true, help: "compare the MD5s that the server sends" }),
  backup_s3_sse_customer_key: secret("key of 32 characters with which the server encrypts"),
  backup_s3_sse_customer_algorithm: text("AES256, if there is such a key"),
  backup_s3_retry_max_attempts: count({ default: 4, help: "attempts of a request in all" }),
  backup_s3_timeout: seconds({ default: 60, help: "seconds without a byte after which a request fails" }),
  backup_s3_max_pool_connections: count({ default: 10, help: "maximum concurrent connections" }, 1),
  backup_s3_verify_ssl: flag({ default: true, help: "check the server's certificate" }),
  backup_s3_ca_cert_file: text("PEM file of trusted certificates"),
  backup_s3_http_proxy: url("proxy for http: servers"),
  backup_s3_https_proxy: url("proxy for https: servers"),
  ...REMOTE_OPTIONS,
};
