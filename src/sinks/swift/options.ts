/** Options of Cinder's Swift driver, and a few that it lacks. */
import { UsageError } from "../../errors.js";
import type { Option, OptionTable } from "../../options/option.js";
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
import { SWIFT_PART_SIZE } from "./defaults.js";

export interface SwiftOptions extends RemoteOptions {
  readonly backup_swift_auth_url: string | undefined;
  readonly backup_swift_auth_version: "1" | "3";
  readonly backup_swift_auth: "per_user" | "single_user" | undefined;
  readonly backup_swift_url: string | undefined;
  readonly backup_swift_user: string | undefined;
  readonly backup_swift_key: Secret | undefined;
  readonly backup_swift_user_domain: string | undefined;
  readonly backup_swift_tenant: string | undefined;
  readonly backup_swift_project: string | undefined;
  readonly backup_swift_project_domain: string | undefined;
  readonly backup_swift_region_name: string | undefined;
  readonly backup_swift_application_credential_id: string | undefined;
  readonly backup_swift_application_credential_secret: Secret | undefined;
  readonly backup_swift_token: Secret | undefined;
  readonly swift_catalog_info: CatalogEntry;
  readonly backup_swift_container: string;
  readonly backup_swift_create_storage_policy: string | undefined;
  readonly backup_swift_object_size: number;
  readonly backup_swift_block_size: number;
  readonly backup_swift_enable_progress_timer: boolean;
  readonly backup_swift_segment_size: number | undefined;
  readonly backup_swift_retry_attempts: number;
  readonly backup_swift_retry_backoff: number;
  readonly backup_swift_timeout: number;
  readonly backup_swift_ca_cert_file: string | undefined;
  readonly backup_swift_auth_insecure: boolean;
}

/** The entry to look up in Keystone's catalog. */
export interface CatalogEntry {
  readonly serviceType: string;
  readonly interface: string;
}

export const SWIFT_OPTIONS: OptionTable<SwiftOptions> = {
  backup_swift_auth_url: url("where tokens are obtained: the URL of TempAuth or Keystone"),
  backup_swift_auth_version: {
    default: "1",
    help: "1 for TempAuth, 3 for Keystone",
    parse(given) {
      const version = given.replaceAll(/^v|\.0$/g, "");
      if (version === "1" || version === "3") return version;
      throw new UsageError("want one of 1, 3");
    },
  },
  backup_swift_auth: choice(
    "single_user (a user of Ashlar's own) or per_user (a given token); default: single_user if there is a user or an application credential",
    ["per_user", "single_user"],
  ),
  backup_swift_url: url(
    "URL of the account, in place of the service catalog's; the project's id is appended if it ends with _ or /",
  ),
  backup_swift_user: text("user, for single_user"),
  backup_swift_key: secret("the user's password or key"),
  backup_swift_user_domain: text("domain of the user, by name"),
  backup_swift_tenant: text("project, if backup_swift_project is not set"),
  backup_swift_project: text("project that owns the account, by name or id"),
  backup_swift_project_domain: text("domain of the project, by name"),
  backup_swift_region_name: text("region in the service catalog"),
  backup_swift_application_credential_id: text("Keystone application credential, in place of a user"),
  backup_swift_application_credential_secret: secret("its secret"),
  backup_swift_token: secret("token, for per_user"),
  swift_catalog_info: catalogInfo(),
  backup_swift_container: textOr("volumebackups", "container of backups that name none"),
  backup_swift_create_storage_policy: text("storage policy of containers that are created"),
  backup_swift_object_size: bytes({
    default: SWIFT_PART_SIZE,
    help: "maximum bytes of the volume in one object; a multiple of the block size",
  }),
  backup_swift_block_size: bytes({ default: DEFAULT_BLOCK_SIZE, help: "unit of change tracking" }),
  backup_swift_enable_progress_timer: PROGRESS_TIMER,
  backup_swift_segment_size: {
    default: undefined,
    help: "maximum bytes sent in one request, e.g. 16M; larger objects become static large objects (default: backup_swift_object_size, at most 64M)",
    parse: (given) => parseSize(given),
  },
  backup_swift_retry_attempts: count({ default: 3, help: "attempts after the first one failed" }),
  backup_swift_retry_backoff: count({
    default: 2,
    help: "maximum seconds of the first wait; each further wait may take twice as long",
  }),
  backup_swift_timeout: seconds({
    default: 60,
    help: "seconds without a byte after which a request fails",
  }),
  backup_swift_ca_cert_file: text("PEM file of trusted certificates"),
  backup_swift_auth_insecure: flag({ default: false, help: "accept any certificate" }),
  ...REMOTE_OPTIONS,
};

function catalogInfo(): Option<CatalogEntry> {
  return {
    default: { serviceType: "object-store", interface: "public" },
    defaultText: "object-store:swift:publicURL",
    help: "entry of the service catalog: type, name (ignored) and interface",
    parse(given) {
      const [, serviceType, found] = /^([^:]+):[^:]*:(public|internal|admin)(?:URL)?$/.exec(given) ?? [];
      if (serviceType !== undefined && found !== undefined) return { serviceType, interface: found };
      throw new UsageError("want TYPE:NAME:publicURL, internalURL or adminURL");
    },
  };
}

const SEGMENT_SIZE_MAX: number = 64 * MIB;

/** Bytes of a part. */
export function swiftSegmentSize(options: SwiftOptions): number {
  return options.backup_swift_segment_size ?? Math.min(SEGMENT_SIZE_MAX, options.backup_swift_object_size);
}
